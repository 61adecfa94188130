import { beforeAll, expect, it } from 'vitest';
import { seededRandom } from '../../common/clock.ts';
import { FUZZED_CODECS, fuzzCodec } from './fixtures/fuzz-codec.ts';
import { loadZstdLibrary } from './fixtures/zstd-library.ts';

beforeAll(loadZstdLibrary);

it.each(FUZZED_CODECS)('damaged pages of %s are refused or unpack to as many bytes', async (codec) => {
  const { refused, unpacked } = await fuzzCodec(codec, seededRandom(21), (cases) => cases >= 400);
  expect(refused).toBeGreaterThan(50);
  expect(refused + unpacked).toBe(400);
});
