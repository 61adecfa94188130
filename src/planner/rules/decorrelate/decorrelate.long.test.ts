import { it } from 'vitest';
import { checkRandomQueries } from '../fixtures/check-query.ts';

it('gives more random nested queries the rows that they mean', () => checkRandomQueries(40, 800), 900_000);
