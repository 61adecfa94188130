import { expect, it } from 'vitest';
import { decodeWire, encodeWire } from './wire.ts';

it('carries bigint, bytes and every double', () => {
  const message = {
    big: -(2n ** 100n),
    bytes: Buffer.from([0, 255, 128]),
    numbers: [0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0.1],
    nested: [{ text: '$bigint', nothing: null, yes: true }],
  };
  const back = decodeWire(encodeWire(message)) as typeof message;
  expect(back).toEqual({ ...message, bytes: new Uint8Array([0, 255, 128]) });
  expect(Object.is(back.numbers[1], -0)).toBe(true);
});

it('names a broken message', () => {
  expect(() => decodeWire('{"a":')).toThrow('a message between driver and worker is not valid JSON');
});

it('leaves what it is given as it was, and keeps a key that is like none other', () => {
  const message = { list: [1n, 'a'], odd: JSON.parse('{"__proto__": {"x": 1}}') as object };
  message.odd = Object.defineProperty(message.odd, '__proto__', { value: 2n, enumerable: true });
  const text = encodeWire(message);
  expect(text).toBe('{"list":[{"$bigint":"1"},"a"],"odd":{"__proto__":{"$bigint":"2"}}}');
  expect(message.list).toEqual([1n, 'a']);
  expect(encodeWire(decodeWire(text))).toBe(text);
});
