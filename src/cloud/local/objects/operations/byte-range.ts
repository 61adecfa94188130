import { S3Error } from '../s3-error.ts';

export interface ByteSpan {
  readonly offset: number;
  readonly length: number;
}

/**
 * The bytes a Range header asks for, clipped to the object. Undefined, the whole object, for headers S3 ignores: other units,
 * several ranges, nonsense. Throws InvalidRange when nothing of the object is asked for.
 */
export function readRange(header: string | undefined, size: number): ByteSpan | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '');
  if (!match || header === undefined) return undefined;
  const [first, last] = [match[1] as string, match[2] as string];
  if (first === '' && last === '') return undefined;
  if (first === '') {
    const length = Math.min(Number(last), size);
    if (length === 0) throw invalidRange(header, size);
    return { offset: size - length, length };
  }
  const offset = Number(first);
  const end = last === '' ? size : Number(last) + 1;
  if (end <= offset && last !== '') return undefined;
  if (offset >= size) throw invalidRange(header, size);
  return { offset, length: Math.min(end, size) - offset };
}

const invalidRange = (range: string, size: number) =>
  new S3Error('InvalidRange', 'The requested range is not satisfiable', {
    fields: { RangeRequested: range, ActualObjectSize: String(size) },
    headers: { 'Content-Range': `bytes */${size}` },
  });
