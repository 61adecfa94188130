import { WIRE, type WireType } from './compact-reader.ts';

/** A field value for `CompactWriter.struct`; undefined fields are left out. */
export type ThriftValue =
  | { readonly i8: number }
  | { readonly i32: number }
  | { readonly i64: number }
  | { readonly bool: boolean }
  | { readonly binary: string | Uint8Array }
  | { readonly struct: ThriftStruct }
  | { readonly list: readonly ThriftValue[] };

/** Field id to value, ids ascending as objects with integer keys have them. */
export type ThriftStruct = { readonly [id: number]: ThriftValue | undefined };

/** The struct in Thrift's compact protocol. */
export function encodeThrift(struct: ThriftStruct): Uint8Array {
  const out: number[] = [];
  writeStruct(out, struct);
  return Uint8Array.from(out);
}

function writeStruct(out: number[], struct: ThriftStruct): void {
  let previous = 0;
  for (const [key, value] of Object.entries(struct)) {
    if (value === undefined) continue;
    const id = Number(key);
    const type = 'bool' in value ? (value.bool ? WIRE.TRUE : WIRE.FALSE) : wireType(value);
    if (id - previous <= 15) out.push(((id - previous) << 4) | type);
    else {
      out.push(type);
      writeZigzag(out, id);
    }
    if (!('bool' in value)) writeValue(out, value);
    previous = id;
  }
  out.push(0);
}

function wireType(value: ThriftValue): WireType {
  if ('i8' in value) return WIRE.BYTE;
  if ('i32' in value) return WIRE.I32;
  if ('i64' in value) return WIRE.I64;
  if ('bool' in value) return WIRE.TRUE;
  if ('binary' in value) return WIRE.BINARY;
  if ('struct' in value) return WIRE.STRUCT;
  return WIRE.LIST;
}

function writeValue(out: number[], value: ThriftValue): void {
  if ('i8' in value) out.push(value.i8 & 255);
  else if ('i32' in value) writeZigzag(out, value.i32);
  else if ('i64' in value) writeZigzag(out, value.i64);
  else if ('bool' in value) out.push(value.bool ? 1 : 2);
  else if ('binary' in value) {
    const bytes = Buffer.from(value.binary);
    writeVarint(out, bytes.length);
    for (const byte of bytes) out.push(byte);
  } else if ('struct' in value) writeStruct(out, value.struct);
  else writeList(out, value.list);
}

function writeList(out: number[], list: readonly ThriftValue[]): void {
  const type = list[0] ? wireType(list[0]) : WIRE.STRUCT;
  if (list.length < 15) out.push((list.length << 4) | type);
  else {
    out.push(0xf0 | type);
    writeVarint(out, list.length);
  }
  for (const element of list) writeValue(out, element);
}

const writeZigzag = (out: number[], value: number) => writeVarint(out, value < 0 ? -2 * value - 1 : 2 * value);

function writeVarint(out: number[], value: number): void {
  let rest = value;
  while (rest >= 128) {
    out.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  out.push(rest);
}
