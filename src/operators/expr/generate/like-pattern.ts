import { NotGenerated } from './operand.ts';

const ANY_CHARACTER = 0xff;
const utf8 = new TextEncoder();

/**
 * A LIKE pattern as kernels take it: runs of bytes between the `%`s. 0xff, which is in no UTF-8 text, stands for `_`. The first
 * run is anchored at the start of the text, the last at its end; a single one is both.
 */
export interface LikePattern {
  readonly segments: readonly Uint8Array[];
  /** Whether any segment holds a `_`. */
  readonly wildcards: boolean;
}

/** Throws NotGenerated for patterns that the interpreter refuses. */
export function likePattern(pattern: string, escapeBy: string): LikePattern {
  if ([...escapeBy].length > 1 || !isWellFormed(pattern)) throw new NotGenerated('escape');
  const segments: number[][] = [[]];
  let wildcards = false;
  const characters = [...pattern];
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i] as string;
    const segment = segments.at(-1) as number[];
    if (character === escapeBy && escapeBy !== '') {
      const next = characters[++i];
      if (next === undefined) throw new NotGenerated('ends in its escape');
      segment.push(...utf8.encode(next));
    } else if (character === '%') segments.push([]);
    else if (character === '_') {
      segment.push(ANY_CHARACTER);
      wildcards = true;
    } else segment.push(...utf8.encode(character));
  }
  const inner = segments.slice(1, -1).filter(({ length }) => length > 0);
  const kept = segments.length === 1 ? segments : [segments[0] as number[], ...inner, segments.at(-1) as number[]];
  return { segments: kept.map((segment) => Uint8Array.from(segment)), wildcards };
}

/** u32 count, then per segment u32 length, u32 characters, and its bytes padded to 4. */
export function patternBytes({ segments }: LikePattern): Uint8Array {
  const out: number[] = [...u32(segments.length)];
  for (const segment of segments) {
    out.push(...u32(segment.length), ...u32(segment.filter((byte) => (byte & 0xc0) !== 0x80).length), ...segment);
    while (out.length % 4 !== 0) out.push(0);
  }
  return Uint8Array.from(out);
}

const u32 = (value: number) => new Uint8Array(Uint32Array.of(value).buffer);

/** No half of a surrogate pair stands alone. */
function isWellFormed(text: string): boolean {
  return Array.from(text).every((character) => character.length > 1 || !/[\ud800-\udfff]/.test(character));
}
