import { beforeAll, expect, it } from 'vitest';
import { seededRandom } from '../../common/clock.ts';
import { FUZZED_CODECS, fuzzCodec } from './fixtures/fuzz-codec.ts';
import { loadZstdLibrary } from './fixtures/zstd-library.ts';

const CASES = 20_000;

beforeAll(loadZstdLibrary);

it.each(FUZZED_CODECS)(`${CASES} damaged pages of %s are refused or unpack to as many bytes`, async (codec) => {
  const counts = await fuzzCodec(codec, seededRandom(22), (cases) => cases >= CASES);
  process.stdout.write(`${codec}: ${JSON.stringify(counts)}\n`);
  expect(counts.refused + counts.unpacked).toBe(CASES);
});
