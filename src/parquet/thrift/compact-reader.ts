import type { SquallError } from '../../common/errors.ts';

/** Types of the Thrift compact protocol, as they stand in field and list headers. */
export const WIRE = {
  TRUE: 1,
  FALSE: 2,
  BYTE: 3,
  I16: 4,
  I32: 5,
  I64: 6,
  DOUBLE: 7,
  BINARY: 8,
  LIST: 9,
  SET: 10,
  MAP: 11,
  STRUCT: 12,
  UUID: 13,
} as const;

export type WireType = number;

const MAX_DEPTH = 32;

/**
 * Reads Thrift's compact protocol (https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md) from
 * untrusted bytes. Never reads past their end, never allocates by a declared size that the bytes cannot hold; everything
 * unexpected throws what `fail` makes of the reason.
 */
export class CompactReader {
  position: number;
  /** Of the field that `nextField` went on to. */
  fieldId = 0;
  fieldType: WireType = 0;
  readonly #bytes: Uint8Array;
  readonly #origin: number;
  readonly #fail: (why: string) => SquallError;
  #depth = 0;

  /** @param origin Where the bytes begin in what errors count the bytes of. */
  constructor(bytes: Uint8Array, fail: (why: string) => SquallError, start = 0, origin = 0) {
    this.#bytes = bytes;
    this.#fail = fail;
    this.position = start;
    this.#origin = origin;
  }

  get remaining(): number {
    return this.#bytes.length - this.position;
  }

  error(why: string): SquallError {
    return this.#fail(`${why} at byte ${this.#origin + this.position}`);
  }

  /** Calls `field` for each field of the struct here; it must consume the value, with `skip` when it does not know it. */
  struct(type: WireType, field: (id: number, type: WireType) => void): void {
    this.enterStruct(type);
    for (let id = 0; this.nextField(id); ) {
      id = this.fieldId;
      field(id, this.fieldType);
    }
  }

  /** Begins a struct, for `nextField`: as `struct`, for what is read so often that a closure is too much. */
  enterStruct(type: WireType): void {
    if (type !== WIRE.STRUCT) throw this.#unexpected('a struct', type);
    this.#enter();
  }

  /** Goes on to the field after the one with the id `before`, 0 at first; false, and out of the struct, behind the last. */
  nextField(before: number): boolean {
    const header = this.#byte();
    if (header === 0) {
      this.#depth--;
      return false;
    }
    this.fieldId = header >>> 4 === 0 ? this.#zigzag32() : before + (header >>> 4);
    this.fieldType = header & 15;
    return true;
  }

  /** Calls `element` for each element of the list here. */
  list(type: WireType, element: (type: WireType) => void): void {
    const { size, elementType } = this.listHeader(type);
    for (let i = 0; i < size; i++) element(elementType);
  }

  /** Consumes a list's header; its elements follow. */
  listHeader(type: WireType): { readonly size: number; readonly elementType: WireType } {
    if (type !== WIRE.LIST && type !== WIRE.SET) throw this.#unexpected('a list', type);
    const header = this.#byte();
    const size = header >>> 4 === 15 ? this.#varint() : header >>> 4;
    if (size > this.remaining) throw this.error(`a list of ${size} elements in ${this.remaining} bytes`);
    return { size, elementType: header & 15 };
  }

  /** The value of a bool field; its type is its value. Elements of lists are bytes. */
  bool(type: WireType): boolean {
    if (type !== WIRE.TRUE && type !== WIRE.FALSE) throw this.#unexpected('a bool', type);
    return type === WIRE.TRUE;
  }

  i8(type: WireType): number {
    if (type !== WIRE.BYTE) throw this.#unexpected('a byte', type);
    return (this.#byte() << 24) >> 24;
  }

  i32(type: WireType): number {
    if (type !== WIRE.I32 && type !== WIRE.I16) throw this.#unexpected('an i32', type);
    return this.#zigzag32();
  }

  /** An i64 of at most 53 bits; offsets, sizes and counts never need more. */
  i64(type: WireType): number {
    if (type !== WIRE.I64) throw this.#unexpected('an i64', type);
    const value = this.#varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** A view of the bytes. */
  binary(type: WireType): Uint8Array {
    if (type !== WIRE.BINARY) throw this.#unexpected('bytes', type);
    const length = this.#varint();
    if (length > this.remaining) throw this.error(`${length} bytes where ${this.remaining} are left`);
    this.position += length;
    return this.#bytes.subarray(this.position - length, this.position);
  }

  string(type: WireType): string {
    const bytes = this.binary(type);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
  }

  /** Consumes a value of any type. */
  skip(type: WireType, inList = false): void {
    switch (type) {
      case WIRE.TRUE:
      case WIRE.FALSE:
        if (inList) this.#byte();
        return;
      case WIRE.BYTE:
        this.#byte();
        return;
      case WIRE.I16:
      case WIRE.I32:
      case WIRE.I64:
        while (this.#byte() >= 128);
        return;
      case WIRE.DOUBLE:
        this.#advance(8);
        return;
      case WIRE.UUID:
        this.#advance(16);
        return;
      case WIRE.BINARY:
        this.#advance(this.#varint());
        return;
      case WIRE.LIST:
      case WIRE.SET:
        this.#skipList(type);
        return;
      case WIRE.MAP:
        this.#skipMap();
        return;
      case WIRE.STRUCT:
        this.skipStruct();
        return;
      default:
        throw this.error(`unknown wire type ${type}`);
    }
  }

  skipStruct(): void {
    this.#enter();
    for (;;) {
      const header = this.#byte();
      if (header === 0) break;
      if (header >>> 4 === 0) this.#zigzag32();
      this.skip(header & 15);
    }
    this.#depth--;
  }

  #skipList(type: WireType): void {
    this.#enter();
    const { size, elementType } = this.listHeader(type);
    for (let i = 0; i < size; i++) this.skip(elementType, true);
    this.#depth--;
  }

  #skipMap(): void {
    this.#enter();
    const size = this.#varint();
    if (size > this.remaining) throw this.error(`a map of ${size} entries in ${this.remaining} bytes`);
    const types = size === 0 ? 0 : this.#byte();
    for (let i = 0; i < size; i++) {
      this.skip(types >>> 4, true);
      this.skip(types & 15, true);
    }
    this.#depth--;
  }

  #enter(): void {
    if (++this.#depth > MAX_DEPTH) throw this.error(`structures nested deeper than ${MAX_DEPTH}`);
  }

  #advance(bytes: number): void {
    if (bytes > this.remaining) throw this.error(`${bytes} bytes where ${this.remaining} are left`);
    this.position += bytes;
  }

  #byte(): number {
    if (this.position >= this.#bytes.length) throw this.error('unexpected end');
    return this.#bytes[this.position++] as number;
  }

  #varint(): number {
    const first = this.#byte();
    if (first < 128) return first;
    let value = first & 127;
    let unit = 128;
    for (let i = 1; i < 10; i++) {
      const byte = this.#byte();
      value += (byte & 127) * unit;
      if (byte < 128) {
        if (value > Number.MAX_SAFE_INTEGER) throw this.error('a number beyond 53 bits');
        return value;
      }
      unit *= 128;
    }
    throw this.error('a number of more than 64 bits');
  }

  #zigzag32(): number {
    const value = this.#varint();
    if (value > 0xffffffff) throw this.error('a number beyond 32 bits');
    return (value >>> 1) ^ -(value & 1);
  }

  #unexpected(wanted: string, type: WireType): SquallError {
    return this.error(`${wanted} was expected, not wire type ${type}`);
  }
}
