import { expect, it } from 'vitest';
import { seededRandom } from '../common/clock.ts';
import { kernel } from './kernels.ts';

interface StringsKernel {
  position(text: number, bytes: number, part: number, partBytes: number): number;
}

const PART_AT = 1024;

it('finds the first occurrence of a part of any length in a text of any length, wherever in the memory it ends', () => {
  const random = seededRandom(8);
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { position } = kernel<StringsKernel>(memory, 'strings');
  const bytes = new Uint8Array(memory.buffer);
  const letters = (count: number, of: number) =>
    Buffer.from(Array.from({ length: count }, () => 97 + Math.floor(random.next() * of)));
  for (let i = 0; i < 6000; i++) {
    const of = 1 + (i % 3);
    const text = letters(Math.floor(random.next() * (i % 2 === 0 ? 40 : 160)), of);
    const part = letters(Math.floor(random.next() * 9), of);
    const behind = Math.floor(random.next() * random.next() * 200);
    const at = bytes.length - behind - text.length;
    // What stands around the text looks like more of it.
    bytes.set(letters(text.length + behind + 100, of), at - 100);
    bytes.set(text, at);
    bytes.set(part, PART_AT);
    const found = position(at, text.length, PART_AT, part.length);
    expect(found, `"${part}" in "${text}", ${behind} bytes before the end`).toBe(text.indexOf(part) + 1);
  }
});
