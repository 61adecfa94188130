import { InternalError } from '../../../common/errors.ts';

const INDEX_BITS = 12;
const REGISTERS = 1 << INDEX_BITS;
/** So many hashes are kept as they are. */
const EXACT = 256;
const ALPHA = 0.7213 / (1 + 1.079 / REGISTERS);
const MASK_64 = (1n << 64n) - 1n;

/**
 * Estimates a number of different hashes. Flajolet, Fusy, Gandouet, Meunier, "HyperLogLog: the analysis of a near-optimal
 * cardinality estimation algorithm", AofA 2007, with hashes of 64 bits and linear counting while registers are empty.
 * A state is its registers, one byte each, or while there are few the hashes, 8 bytes each.
 */
export class HyperLogLog {
  #hashes: Set<bigint> | null = new Set();
  #registers: Uint8Array | null = null;

  add(hash: bigint): void {
    if (this.#hashes) {
      this.#hashes.add(hash);
      if (this.#hashes.size > EXACT) this.#toRegisters();
    } else this.#note(hash);
  }

  merge(state: Uint8Array): void {
    if (state.length === REGISTERS) {
      if (this.#hashes) this.#toRegisters();
      const registers = this.#registers as Uint8Array;
      for (let i = 0; i < REGISTERS; i++) registers[i] = Math.max(registers[i] as number, state[i] as number);
      return;
    }
    if (state.length % 8 !== 0 || state.length > EXACT * 8) {
      throw new InternalError(`${state.length} bytes are no state of approx_count_distinct`);
    }
    const view = new DataView(state.buffer, state.byteOffset, state.length);
    for (let at = 0; at < state.length; at += 8) this.add(view.getBigUint64(at, true));
  }

  toBytes(): Uint8Array {
    if (!this.#hashes) return (this.#registers as Uint8Array).slice();
    const bytes = new Uint8Array(this.#hashes.size * 8);
    const view = new DataView(bytes.buffer);
    let at = 0;
    for (const hash of this.#hashes) {
      view.setBigUint64(at, hash, true);
      at += 8;
    }
    return bytes;
  }

  estimate(): number {
    if (this.#hashes) return this.#hashes.size;
    let sum = 0;
    let empty = 0;
    for (const rank of this.#registers as Uint8Array) {
      sum += 2 ** -rank;
      if (rank === 0) empty++;
    }
    const estimate = (ALPHA * REGISTERS * REGISTERS) / sum;
    return empty > 0 && estimate <= 2.5 * REGISTERS ? REGISTERS * Math.log(REGISTERS / empty) : estimate;
  }

  #toRegisters(): void {
    const hashes = this.#hashes as Set<bigint>;
    this.#hashes = null;
    this.#registers = new Uint8Array(REGISTERS);
    for (const hash of hashes) this.#note(hash);
  }

  /** The first bits choose the register, which keeps the most leading zeros of the rest, and one. */
  #note(hash: bigint): void {
    const registers = this.#registers as Uint8Array;
    const index = Number(hash >> BigInt(64 - INDEX_BITS));
    const high = Number((hash >> 20n) & 0xffffffffn);
    const zeros = high !== 0 ? Math.clz32(high) : 32 + Math.clz32(Number(hash & 0xfffffn) << 12 || 0x800);
    if (zeros + 1 > (registers[index] as number)) registers[index] = zeros + 1;
  }
}

/** A hash of a text, 64 bits: FNV-1a (Fowler, Noll, Vo) over its UTF-16 units, then the finaliser of MurmurHash3 (Appleby). */
export function textHash(text: string): bigint {
  let low = 0x811c9dc5;
  let high = 0xcbf29ce4;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ (unit + i), 0x85ebca6b) ^ (low >>> 15);
  }
  let hash = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
  hash = ((hash ^ (hash >> 33n)) * 0xff51afd7ed558ccdn) & MASK_64;
  hash = ((hash ^ (hash >> 33n)) * 0xc4ceb9fe1a85ec53n) & MASK_64;
  return hash ^ (hash >> 33n);
}
