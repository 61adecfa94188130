import { BindError, type Span, UnsupportedError } from '../../common/errors.ts';
import { didYouMean } from '../near-names.ts';
import type { DropViewStatement, Identifier, ResetStatement, SetStatement } from '../parse/ast.ts';
import { DEFAULT_SETTINGS, type Settings, settingNamed, withSetting } from './settings.ts';
import type { View, Views } from './views.ts';

/** What a statement changes in its session once it is planned. */
export type SessionChange =
  | { readonly kind: 'settings'; readonly settings: Settings }
  | { readonly kind: 'createView'; readonly view: View }
  /** Names as they were given to the views. */
  | { readonly kind: 'dropViews'; readonly names: readonly string[] };

export function setChange({ name, value }: SetStatement, settings: Settings): SessionChange {
  const setting = settingNamed(name.name, name.span);
  return { kind: 'settings', settings: withSetting(settings, setting, value.value, value.span) };
}

export function resetChange({ name }: ResetStatement, settings: Settings): SessionChange {
  if (name === null) return { kind: 'settings', settings: DEFAULT_SETTINGS };
  const setting = settingNamed(name.name, name.span);
  return { kind: 'settings', settings: { ...settings, [setting]: DEFAULT_SETTINGS[setting] } };
}

/** The views that go. Throws BindError SQ1113 for one that is not there. */
export function dropChange({ paths, ifExists }: DropViewStatement, views: Views): SessionChange {
  const names = paths.flatMap((path) => {
    const name = viewName(path);
    const view = views.find(name);
    if (view) return [view.name];
    if (ifExists) return [];
    const near = didYouMean(name.name, views.names());
    throw new BindError('SQ1113', `there is no view "${name.name}"`, {
      span: name.span,
      hint: near ?? 'DROP VIEW IF EXISTS does not mind',
    });
  });
  return { kind: 'dropViews', names };
}

/** The one part of a view's name. */
export function viewName(path: readonly Identifier[]): Identifier {
  const [name, another] = path as readonly [Identifier, Identifier?];
  if (!another) return name;
  const span: Span = { start: name.span.start, end: (path.at(-1) as Identifier).span.end };
  throw new UnsupportedError('SQ2001', 'a view in a schema is not supported yet', {
    span,
    hint: 'views are of the session: give it a name of one part',
  });
}
