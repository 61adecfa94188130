import { afterAll, beforeAll, describe, it } from 'vitest';
import { CASES } from '../../../../test/conformance/lambda/cases.ts';
import { type Harness, startHarness } from '../../../../test/conformance/lambda/harness.ts';

describe('like AWS Lambda', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await startHarness();
  });
  afterAll(() => harness.close());

  it.each(CASES)('$name', ({ run }) => run(harness));
});
