import { assertNever } from '../common/errors.ts';
import type { Identifier } from '../planner/parse/ast.ts';
import type { SessionChange } from '../planner/statements/session-change.ts';
import { DEFAULT_SETTINGS, type Settings } from '../planner/statements/settings.ts';
import type { View, Views } from '../planner/statements/views.ts';

/** What statements of a session leave for the later ones: settings and views. */
export class SessionState {
  #settings: Settings = DEFAULT_SETTINGS;
  /** By name in lower case. */
  #views: ReadonlyMap<string, View> = new Map();

  get settings(): Settings {
    return this.#settings;
  }

  /** As they are now. */
  get views(): Views {
    const views = this.#views;
    return { find: (name) => found(views, name), names: () => [...views.values()].map(({ name }) => name) };
  }

  apply(change: SessionChange): void {
    switch (change.kind) {
      case 'settings':
        this.#settings = change.settings;
        return;
      case 'createView':
        this.#views = new Map(this.#views).set(change.view.name.toLowerCase(), change.view);
        return;
      case 'dropViews': {
        const dropped = new Set(change.names.map((name) => name.toLowerCase()));
        this.#views = new Map([...this.#views].filter(([name]) => !dropped.has(name)));
        return;
      }
      default:
        assertNever(change);
    }
  }
}

/** Without regard to case, unless the name is quoted. */
function found(views: ReadonlyMap<string, View>, { name, quoted }: Identifier): View | null {
  const view = views.get(name.toLowerCase()) ?? null;
  return view && (!quoted || view.name === name) ? view : null;
}
