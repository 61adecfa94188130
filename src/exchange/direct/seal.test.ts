import { expect, it } from 'vitest';
import { seal, unseal } from './seal.ts';

const KEY = new Uint8Array(32).fill(3);

it('a message is opened by the gang alone, where it was put, and as it was put', () => {
  const sealed = seal(KEY, 's3://bucket/key', '{"é":1}\n{}');
  expect(unseal(KEY, 's3://bucket/key', sealed)).toBe('{"é":1}\n{}');
  expect(unseal(KEY, 's3://bucket/other', sealed)).toBeNull();
  expect(unseal(new Uint8Array(32), 's3://bucket/key', sealed)).toBeNull();
  for (let at = 0; at < sealed.length; at++) {
    const damaged = Uint8Array.from(sealed);
    damaged[at]! ^= 1;
    expect(unseal(KEY, 's3://bucket/key', damaged)).toBeNull();
  }
});

it.each(['', '\n', 'zz\n{}', '{}'])('%j is no sealed message', (text) => {
  expect(unseal(KEY, 's3://bucket/key', Buffer.from(text))).toBeNull();
});
