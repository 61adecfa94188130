import { assertNever } from '../../common/errors.ts';
import { type Field, typeName } from '../../common/types.ts';
import { AGGREGATE_FUNCTIONS } from '../../operators/aggregate/functions.ts';
import { functionEntries } from '../../operators/expr/functions.ts';
import { windowFunctionNames } from '../../operators/window/functions.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { ShowStatement } from '../parse/ast.ts';
import { type Answer, textAnswer } from './answer.ts';
import { SETTINGS, type Settings, settingNamed, settingNames } from './settings.ts';
import type { Views } from './views.ts';

export interface Shown {
  readonly catalog: Pick<Catalog, 'names'>;
  readonly settings: Settings;
  readonly views: Views;
}

/** SHOW TABLES, FUNCTIONS, SETTINGS, or one setting. Throws BindError SQ1304 for a setting that does not exist. */
export function showAnswer(statement: ShowStatement, { catalog, settings, views }: Shown): Answer {
  switch (statement.what) {
    case 'tables':
      return textAnswer(['name', 'kind'], tables(catalog.names(), views.names()));
    case 'functions':
      return textAnswer(['name', 'kind', 'description'], functions());
    case 'settings':
      return textAnswer(
        ['name', 'value', 'description'],
        settingNames().map((name) => [name, String(settings[name]), SETTINGS[name].doc]),
      );
    case 'setting': {
      const name = settingNamed(statement.name.name, statement.name.span);
      return textAnswer([name], [[String(settings[name])]]);
    }
    default:
      return assertNever(statement);
  }
}

/** A view hides the table of its name. */
function tables(names: readonly string[], views: readonly string[]): readonly (readonly string[])[] {
  const all = [...names.filter((name) => !views.includes(name)).map((name) => [name, 'table'])];
  return [...all, ...views.map((name) => [name, 'view'])].toSorted(byName);
}

function functions(): readonly (readonly string[])[] {
  const described = (kind: string, entries: readonly { readonly name: string; readonly doc: string }[]) =>
    entries.map(({ name, doc }) => [name, kind, doc]);
  const scalar = functionEntries().filter(({ name }) => /^[a-z]/.test(name));
  const window = windowFunctionNames().map((name) => [name, 'window', `${name}(…) OVER (…)`]);
  return [...described('scalar', scalar), ...described('aggregate', AGGREGATE_FUNCTIONS), ...window].toSorted(byName);
}

const byName = (a: readonly string[], b: readonly string[]) => ((a[0] as string) < (b[0] as string) ? -1 : 1);

/** The columns of a query. */
export const describeAnswer = (columns: readonly Field[]): Answer =>
  textAnswer(
    ['column_name', 'column_type', 'nullable'],
    columns.map(({ name, type, nullable }) => [name, typeName(type), nullable ? 'YES' : 'NO']),
  );
