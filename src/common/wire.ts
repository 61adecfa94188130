import { ExecutionError } from './errors.ts';

/**
 * JSON for messages between driver and worker, with the two things that plans hold and JSON lacks: bigint and bytes.
 * They travel as `{"$bigint":"…"}` and `{"$bytes":"base64"}`; NaN and the infinities as `{"$number":"NaN"}`; -0 too.
 */
export const encodeWire = (message: unknown): string => JSON.stringify(plain(message));

/** The inverse of encodeWire. Throws ExecutionError SQ3001 when the text is not such a message. */
export function decodeWire(text: string): unknown {
  try {
    return restored(JSON.parse(text));
  } catch (cause) {
    throw new ExecutionError('SQ3001', 'a message between driver and worker is not valid JSON', { cause });
  }
}

/** The value as JSON has it; what JSON has anyway is not copied. */
function plain(value: unknown): unknown {
  switch (typeof value) {
    case 'bigint':
      return { $bigint: value.toString() };
    case 'number':
      if (Object.is(value, -0)) return { $number: '-0' };
      return Number.isFinite(value) ? value : { $number: String(value) };
    case 'object':
      if (value instanceof Uint8Array) {
        return { $bytes: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64') };
      }
      return value && mapped(value, plain);
    default:
      return value;
  }
}

function restored(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if ('$bigint' in value) return BigInt(value.$bigint as string);
  if ('$bytes' in value) return new Uint8Array(Buffer.from(value.$bytes as string, 'base64'));
  if ('$number' in value) return Number(value.$number);
  return mapped(value, restored);
}

/** The same object or array with other values; itself where `map` changes none. */
function mapped(value: object, map: (value: unknown) => unknown): object {
  let copy: Record<string, unknown> | null = null;
  for (const key of Object.keys(value)) {
    const before = (value as Record<string, unknown>)[key];
    if (typeof before === 'string') continue;
    const after = map(before);
    if (after === before) continue;
    copy ??= (Array.isArray(value) ? value.slice() : { ...value }) as Record<string, unknown>;
    Object.defineProperty(copy, key, { value: after, enumerable: true, writable: true, configurable: true });
  }
  return copy ?? value;
}
