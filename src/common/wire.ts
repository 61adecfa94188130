import { ExecutionError } from './errors.ts';

/**
 * JSON for messages between driver and worker, with the two things that plans hold and JSON lacks: bigint and bytes.
 * They travel as `{"$bigint":"…"}` and `{"$bytes":"base64"}`; NaN and the infinities as `{"$number":"NaN"}`; -0 too.
 */
export function encodeWire(message: unknown): string {
  return JSON.stringify(message, function replace(this: Record<string, unknown>, key, value: unknown) {
    // JSON.stringify calls toJSON of a Buffer before this function runs: look at the holder.
    const raw = this[key];
    if (typeof raw === 'bigint') return { $bigint: raw.toString() };
    if (raw instanceof Uint8Array)
      return { $bytes: Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString('base64') };
    if (typeof raw === 'number' && (!Number.isFinite(raw) || Object.is(raw, -0))) {
      return { $number: Object.is(raw, -0) ? '-0' : String(raw) };
    }
    return value;
  });
}

/** The inverse of encodeWire. Throws ExecutionError SQ3001 when the text is not such a message. */
export function decodeWire(text: string): unknown {
  try {
    return JSON.parse(text, (_key, value: unknown) => {
      if (typeof value !== 'object' || value === null) return value;
      if ('$bigint' in value) return BigInt(value.$bigint as string);
      if ('$bytes' in value) return new Uint8Array(Buffer.from(value.$bytes as string, 'base64'));
      if ('$number' in value) return Number(value.$number);
      return value;
    });
  } catch (cause) {
    throw new ExecutionError('SQ3001', 'a message between driver and worker is not valid JSON', { cause });
  }
}
