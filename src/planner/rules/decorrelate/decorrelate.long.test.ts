import { it } from 'vitest';
import { FakeCatalog, field } from '../../../../test/plans/fake-catalog.ts';
import { INTEGER } from '../../../common/types.ts';
import { checkRandomQueries } from '../fixtures/check-query.ts';

const schema = ['a', 'b', 'c'].map((name) => field(name, INTEGER));
const catalog = new FakeCatalog({ r: { schema }, s: { schema }, t: { schema } });

it('gives more random nested queries the rows that they mean', () => checkRandomQueries(catalog, 40, 4000), 900_000);
