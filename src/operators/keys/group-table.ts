import { InternalError } from '../../common/errors.ts';
import type { SqlType } from '../../common/types.ts';
import { Arena } from '../../wasm/arena.ts';
import { buildVector } from '../../wasm/build-vector.ts';
import type { LinearMemory } from '../../wasm/linear-memory.ts';
import { MORSEL_ROWS, type Selection } from '../../wasm/morsel.ts';
import { slice } from '../../wasm/slice.ts';
import type { DictionaryVector, Pointer, Vector, ViewsVector } from '../../wasm/vector.ts';
import { DirectIndex, directLimit } from './direct-index.ts';
import { type GroupKernel, groupKernel } from './group-kernel.ts';
import { GrowingRun } from './growing-run.ts';
import { KeyHasher } from './key-hasher.ts';
import type { KeyForm } from './key-layout.ts';
import { KeyRecords } from './key-records.ts';

/** `lookup`: rows whose keys are not there yet get NO_GROUP. */
export type FindMode = 'insert' | 'lookup';

/** What `lookup` answers for a row without a group. */
export const NO_GROUP = 0xffffffff;

/** Rows looked up at a time: their records stay in the cache. */
const CHUNK = 2048;
const MIN_BITS = 12;
/** Larger indexes only double. */
const GENEROUS_BITS = 22;
/** Of such a dictionary most entries are used, and have been met in the one before. */
const SMALL_DICTIONARY = 64;
/** Fewer groups are not worth another index. */
const MIN_DIRECT_GROUPS = 4096;
/** Rows after which it is known for the first time whether a part of the keys tells groups apart. */
const TRIAL = 256;
/** Share of the rows that may meet another key of their hash. */
const MOST_CLASHES = 1 / 8;
/** What alone may tell keys with texts apart: wide enough to have many values. */
const TELLING: ReadonlySet<KeyForm> = new Set(['32', '64', '128', 'F64']);
/** An index of this size does not fit the cache: its misses are made to overlap. */
const COLD_BYTES = 1 << 20;

/**
 * `direct`: an array over all possible keys. `words`: open addressing, the key of at most 8 bytes in the slot. `hashes`: open
 * addressing by the hash, the keys compared with the group's record.
 */
type IndexKind = 'none' | 'direct' | 'words' | 'hashes';

/** The groups of a dictionary's entries, + 1; 0 where it is not known. */
interface KnownCodes {
  readonly dictionary: ViewsVector;
  /** A u32 each. */
  readonly places: Pointer;
}

/**
 * Numbers the distinct keys of rows: 0, 1, … in the order in which they came, more or less. NULL equals NULL, -0 equals 0, NaN
 * equals NaN, intervals of equal length are equal. A key is as its first row had it, but for -0 and the bits of NaN. Keys are
 * copied; vectors are not needed any more after `find`. Throws ResourceError SQ4001 when the memory ends, UnsupportedError SQ2301
 * for nested types.
 */
export class GroupTable {
  readonly #types: readonly SqlType[];
  readonly #memory: LinearMemory;
  readonly #kernel: GroupKernel;
  readonly #records: KeyRecords;
  #slots: GrowingRun;
  readonly #hasher: KeyHasher;
  /** The columns that are hashed instead of all, as long as they tell groups apart: then texts need not be. Null: all. */
  #part: { readonly columns: readonly number[]; readonly hasher: KeyHasher } | null;
  #tried = false;
  readonly #fresh: GrowingRun;
  readonly #batch: GrowingRun;
  readonly #batchHashes: GrowingRun;
  readonly #codes: GrowingRun;
  readonly #found: GrowingRun;
  /** What the kernel reads besides its arguments. */
  readonly #fixed: GrowingRun;
  #kind: IndexKind = 'none';
  #direct: DirectIndex | null = null;
  /** The index has 2^bits slots. */
  #bits = 0;
  #knownCodes: KnownCodes | null = null;
  /** The group of NULL + 1, where codes asked for it; else 0. */
  #nullPlace = 0;
  /** Of the rows without columns. */
  #unit = 0;

  constructor(types: readonly SqlType[], { memory }: { readonly memory: LinearMemory }) {
    this.#types = types;
    this.#memory = memory;
    this.#kernel = groupKernel(memory);
    this.#records = new KeyRecords(types, memory);
    this.#hasher = new KeyHasher(types, { memory });
    this.#part = this.#tellingPart();
    this.#slots = new GrowingRun(memory);
    this.#fresh = new GrowingRun(memory);
    this.#batch = new GrowingRun(memory);
    this.#batchHashes = new GrowingRun(memory);
    this.#codes = new GrowingRun(memory);
    this.#found = new GrowingRun(memory);
    this.#fixed = new GrowingRun(memory);
  }

  get groups(): number {
    return this.#types.length === 0 ? this.#unit : this.#records.count;
  }

  /** Bytes that grow with the groups. */
  get bytes(): number {
    return this.#records.bytes + this.#slots.bytes + (this.#direct?.bytes ?? 0);
  }

  /** Bytes that more groups may add at most, short of their texts: what growing takes while old and new stand side by side. */
  bytesToGrow(more: number): number {
    const groups = this.groups + more;
    const slotBytes = this.#kind === 'hashes' ? 8 : 16;
    const slots = this.#kind === 'direct' ? directLimit(groups) * 4 : 2 ** (bitsFor(groups) + 1) * slotBytes;
    const records = groups * this.#records.layout.stride;
    const held = this.#direct ? this.#direct.bytes : this.#slots.bytes;
    return (slots > held ? slots : 0) + (records > this.#records.bytes ? records * 2 : 0);
  }

  /** Writes the group of every selected row of `rows` rows to `out`, densely, a u32 each. */
  find(vectors: readonly Vector[], rows: number, selection: Selection | null, out: Pointer, mode: FindMode): void {
    if (vectors.length !== this.#types.length) throw new InternalError(`${vectors.length} columns came as keys`);
    const count = selection ? selection.count : rows;
    if (count === 0) return;
    const numbers = selection ? selection.rows : 0;
    const [first] = vectors;
    if (first === undefined) this.#findUnit(count, out, mode);
    else if (vectors.length === 1 && first.kind === 'dictionary') this.#findCodes(first, numbers, count, out, mode);
    else this.#findRows(vectors, numbers, count, out, mode);
  }

  /** The keys of `count` groups from `from` on: vectors in `arena`, texts in the table's own memory. */
  keys(from: number, count: number, arena: Arena): Vector[] {
    return this.#records.vectors(from, count, arena);
  }

  /** Forgets everything and gives its memory back; the table can be used again. */
  free(): void {
    this.#records.free();
    this.#direct?.free();
    this.#direct = null;
    this.#hasher.free();
    this.#part?.hasher.free();
    const runs = [this.#slots, this.#fresh, this.#batch, this.#batchHashes, this.#codes, this.#found, this.#fixed];
    for (const run of runs) run.free();
    this.#kind = 'none';
    this.#knownCodes = null;
    this.#nullPlace = 0;
    this.#unit = 0;
  }

  #tellingPart() {
    const { fields } = this.#records.layout;
    const columns = [...fields.keys()].filter((column) => TELLING.has(fields[column]?.form as KeyForm));
    if (columns.length === 0 || !fields.some(({ form }) => form === 'text')) return null;
    const types = columns.map((column) => this.#types[column] as SqlType);
    return { columns, hasher: new KeyHasher(types, { memory: this.#memory }) };
  }

  /** What the index of hashes goes by. */
  #hash(vectors: readonly Vector[], rows: Pointer, count: number, out: Pointer): void {
    const selection = rows === 0 ? null : { rows, count };
    if (!this.#part) this.#hasher.hash(vectors, count, selection, out);
    else {
      const { columns, hasher } = this.#part;
      hasher.hash(
        columns.map((column) => vectors[column] as Vector),
        count,
        selection,
        out,
      );
    }
  }

  /** From now on all columns are hashed. */
  #hashAll(): void {
    this.#part = null;
    this.#indexHashes(this.#slots.clear(2 ** this.#bits * 8));
  }

  #findUnit(count: number, out: Pointer, mode: FindMode): void {
    if (mode === 'insert') this.#unit = 1;
    this.#kernel.fill(out, count, this.#unit === 0 ? NO_GROUP : 0);
  }

  /** A dictionary's entries are looked up once. */
  #findCodes(vector: DictionaryVector, rows: Pointer, count: number, out: Pointer, mode: FindMode): void {
    const { data, validity, dictionary } = vector;
    const places = this.placesOf(dictionary);
    const known = () => this.#kernel.groupsOfCodes(data, validity, rows, count, places, this.#nullPlace, out) !== 0;
    if (known()) return;
    const codes = this.#found.ensure(count * 8 + 64, 0);
    const found = this.#kernel.freshCodes(data, validity, rows, count, places, codes);
    const fresh = found & 0x7fffffff;
    if (fresh > 0) {
      const groups = codes + count * 4;
      this.#findRows([dictionary], codes, fresh, groups, mode);
      this.#kernel.knowCodes(codes, groups, fresh, places);
    }
    if (found < 0 && this.#nullPlace === 0) this.#nullPlace = this.#findNull(vector.type, mode) + 1;
    known();
  }

  /**
   * For tables of one column of text: the groups of a dictionary's entries + 1, a u32 each, 0 for those that `find` has not met.
   */
  placesOf(dictionary: ViewsVector): Pointer {
    if (this.#knownCodes?.dictionary !== dictionary) {
      const places = this.#codes.clear(Math.max(1, dictionary.length) * 4);
      this.#knownCodes = { dictionary, places };
      if (dictionary.length <= SMALL_DICTIONARY && this.groups > 0) this.#findEntries(dictionary, places);
    }
    return this.#knownCodes.places;
  }

  /** Looks the entries up all at once: with their groups known, the first rows of a new dictionary need no further look. */
  #findEntries(dictionary: ViewsVector, places: Pointer): void {
    this.#findRows([dictionary], 0, dictionary.length, places, 'lookup');
    const view = this.#memory.view();
    for (let at = places; at < places + dictionary.length * 4; at += 4) {
      view.setUint32(at, view.getUint32(at, true) + 1, true);
    }
  }

  /** The same for NULL. */
  get nullPlace(): number {
    return this.#nullPlace;
  }

  /** NO_GROUP + 1 is 0, as a u32. */
  #findNull(type: SqlType, mode: FindMode): number {
    const arena = new Arena({ memory: this.#memory });
    try {
      const out = arena.allocate(4);
      this.#findRows([buildVector(arena, type, [null])], 0, 1, out, mode);
      return this.#memory.view().getInt32(out, true);
    } finally {
      arena.reset();
    }
  }

  #findRows(vectors: readonly Vector[], rows: Pointer, count: number, out: Pointer, mode: FindMode): void {
    if (this.#kind === 'none') {
      if (mode === 'lookup') {
        this.#kernel.fill(out, count, NO_GROUP);
        return;
      }
      this.#choose();
    }
    if (this.#kind === 'direct' && this.#findDirect(vectors, rows, count, out, mode)) return;
    if (this.#kind === 'words') this.#findWords(vectors, rows, count, out, mode);
    else this.#findHashes(vectors, rows, count, out, mode);
  }

  #choose(): void {
    if (!DirectIndex.canIndex(this.#records.layout.fields)) {
      this.#toHashing();
      return;
    }
    this.#kind = 'direct';
    this.#direct = this.#newDirect();
  }

  #newDirect(): DirectIndex {
    const { fields } = this.#records.layout;
    return new DirectIndex(fields, this.#memory, ({ type }) => new GroupTable([type], { memory: this.#memory }));
  }

  /** False when the keys do not fit a direct index; then there is another one. */
  #findDirect(vectors: readonly Vector[], rows: Pointer, count: number, out: Pointer, mode: FindMode): boolean {
    const direct = this.#direct as DirectIndex;
    const insert = mode === 'insert';
    if (insert) {
      const fresh = this.#fresh.ensure(count * 4, 0);
      const added = direct.findAtOnce(vectors, rows, count, this.groups, fresh, out);
      this.#addRows(vectors, rows, fresh, added < 0 ? ~added : added);
      if (added >= 0) return true;
    }
    if (!direct.place(vectors, rows, count, out, mode) && insert) {
      if (!direct.widen(vectors, rows, count, this.groups, directLimit(this.groups + count))) {
        this.#toHashing();
        return false;
      }
      if (!direct.place(vectors, rows, count, out, mode))
        throw new InternalError('a key has no place in a direct index');
    }
    const fresh = this.#fresh.ensure(count * 4, 0);
    const added = direct.find(count, this.groups, insert, fresh, out);
    this.#addRows(vectors, rows, fresh, added);
    return true;
  }

  /** Makes the rows at places `fresh` of `rows` the next groups. */
  #addRows(vectors: readonly Vector[], rows: Pointer, fresh: Pointer, added: number): void {
    if (added === 0) return;
    const records = this.#records.reserve(added);
    this.#kernel.pick(rows, fresh, added, fresh);
    this.#records.write(vectors, fresh, added, records);
    this.#records.commit(added);
  }

  #findWords(vectors: readonly Vector[], rows: Pointer, count: number, out: Pointer, mode: FindMode): void {
    const { layout } = this.#records;
    const insert = mode === 'insert';
    const { offset, nullApart } = layout.word as { offset: number; nullApart: boolean };
    const [vector] = vectors as [Vector];
    const plain =
      nullApart && vector.kind === 'fixed' && vector.validity === 0 && rows === 0 && layout.fields[0]?.form === '64';
    const nullAt = this.#nullAt;
    for (let from = 0; from < count; from += CHUNK) {
      const chunk = Math.min(CHUNK, count - from);
      const fresh = this.#fresh.ensure(CHUNK * 4, 0);
      if (insert) this.#roomForWords(chunk);
      if ((this.#kind as IndexKind) === 'direct') {
        this.#rest(vectors, rows, from, count, out, mode);
        return;
      }
      const part = rows === 0 ? vectors.map((each) => slice(each, from, chunk)) : vectors;
      const numbers = rows === 0 ? 0 : rows + from * 4;
      const batch = plain ? 0 : this.#batch.ensure(CHUNK * layout.stride, 0);
      if (!plain) this.#records.write(part, numbers, chunk, batch);
      const stride = plain ? 8 : layout.stride;
      const words = plain && vector.kind === 'fixed' ? vector.data + from * 8 : batch + offset;
      const masks = nullApart && !plain ? batch : 0;
      const slots = this.#slots.pointer;
      if (this.#slots.bytes > COLD_BYTES) this.#kernel.touchWords(slots, this.#bits, words, stride, chunk);
      const at = out + from * 4;
      const { groups } = this;
      const added = this.#kernel.findWords(
        slots,
        this.#bits,
        words,
        masks,
        stride,
        chunk,
        groups,
        nullAt,
        insert,
        fresh,
        at,
      );
      if (plain) this.#addRows(part, 0, fresh, added);
      else if (added > 0) {
        this.#kernel.pickRecords(batch, stride, fresh, added, this.#records.reserve(added));
        this.#records.commit(added);
      }
    }
  }

  /** What is left of a batch after the index has become another one. */
  #rest(vectors: readonly Vector[], rows: Pointer, from: number, count: number, out: Pointer, mode: FindMode): void {
    const rest = rows === 0 ? vectors.map((vector) => slice(vector, from, count - from)) : vectors;
    this.#findRows(rest, rows === 0 ? 0 : rows + from * 4, count - from, out + from * 4, mode);
  }

  #findHashes(vectors: readonly Vector[], rows: Pointer, count: number, out: Pointer, mode: FindMode): void {
    const { stride, words, fields } = this.#records.layout;
    const insert = mode === 'insert';
    const textCount = fields.filter(({ form }) => form === 'text').length;
    const hashes = this.#batchHashes.ensure(count * 8, 0);
    this.#hash(vectors, rows, count, hashes);
    for (let from = 0, chunk = 0; from < count; from += chunk) {
      chunk = Math.min(this.#part && !this.#tried ? TRIAL : CHUNK, count - from);
      this.#tried = true;
      if (insert) this.#roomForHashes(chunk);
      const batch = this.#batch.ensure(CHUNK * stride, 0);
      const part = rows === 0 ? vectors.map((vector) => slice(vector, from, chunk)) : vectors;
      this.#records.write(part, rows === 0 ? 0 : rows + from * 4, chunk, batch);
      const { groups } = this;
      const records = insert ? this.#records.reserve(chunk) - groups * stride : this.#records.pointer;
      const slots = this.#slots.pointer;
      const at = out + from * 4;
      const chunkHashes = hashes + from * 8;
      if (this.#slots.bytes > COLD_BYTES) {
        this.#kernel.touchRecords(slots, this.#bits, records, stride, chunkHashes, chunk, at);
      }
      const added = this.#kernel.findRecords(
        slots,
        this.#bits,
        records,
        stride,
        words,
        this.#textOffsets,
        textCount,
        batch,
        chunkHashes,
        chunk,
        groups,
        insert,
        this.#clashesAt,
        at,
      );
      this.#records.commit(added);
      if (this.#part && this.#takeClashes() > chunk * MOST_CLASHES) {
        this.#hashAll();
        if (from + chunk < count) this.#rest(vectors, rows, from + chunk, count, out, mode);
        return;
      }
    }
  }

  #takeClashes(): number {
    const view = this.#memory.view();
    const clashes = view.getUint32(this.#clashesAt, true);
    view.setUint32(this.#clashesAt, 0, true);
    return clashes;
  }

  #roomForHashes(more: number): void {
    const bits = this.#moreBits(more);
    if (bits <= this.#bits) return;
    this.#moveSlots(bits, 8, (old, slots) => this.#kernel.growHashes(old, this.#bits, slots, bits));
  }

  #roomForWords(more: number): void {
    const bits = this.#moreBits(more);
    if (bits <= this.#bits) return;
    if (this.groups > 0 && this.#toDirect()) return;
    this.#moveSlots(bits, 16, (old, slots) => this.#kernel.growWords(old, this.#bits, slots, bits));
  }

  /** Small indexes grow by more than they must. */
  #moreBits(more: number): number {
    const bits = bitsFor(this.groups + more);
    return bits > this.#bits && bits < GENEROUS_BITS ? bits + 1 : bits;
  }

  #moveSlots(bits: number, slotBytes: number, move: (old: Pointer, slots: Pointer) => void): void {
    const slots = new GrowingRun(this.#memory);
    move(this.#slots.pointer, slots.clear(2 ** bits * slotBytes));
    this.#slots.free();
    this.#slots = slots;
    this.#bits = bits;
  }

  /** Makes an index by word or hash of whatever groups there are. */
  #toHashing(): void {
    this.#direct?.free();
    this.#direct = null;
    this.#bits = bitsFor(this.groups + CHUNK);
    this.#slots.free();
    if (this.#records.layout.word) {
      this.#kind = 'words';
      this.#indexWords(this.#slots.clear(2 ** this.#bits * 16));
      return;
    }
    this.#kind = 'hashes';
    this.#indexHashes(this.#slots.clear(2 ** this.#bits * 8));
  }

  #indexWords(slots: Pointer): void {
    const { layout, pointer } = this.#records;
    const { offset } = layout.word as { offset: number };
    const nullAt = this.#nullAt;
    const nullGroup = this.#findNullRecord();
    this.#memory.view().setUint32(nullAt, nullGroup, true);
    this.#kernel.indexWords(slots, this.#bits, pointer + offset, layout.stride, this.groups, nullGroup);
  }

  #indexHashes(slots: Pointer): void {
    const arena = new Arena({ memory: this.#memory });
    for (let from = 0; from < this.groups; from += MORSEL_ROWS) {
      const count = Math.min(MORSEL_ROWS, this.groups - from);
      const hashes = arena.allocate(count * 8);
      this.#hash(this.keys(from, count, arena), 0, count, hashes);
      this.#kernel.indexHashes(slots, this.#bits, hashes, from, count);
      arena.reset();
    }
  }

  /** The group of NULL + 1, 0 if there is none, where it is not a word like the others. */
  #findNullRecord(): number {
    const { layout, pointer } = this.#records;
    if (!layout.word?.nullApart) return 0;
    const view = this.#memory.view();
    for (let group = 0; group < this.groups; group++) {
      if (view.getUint32(pointer + group * layout.stride, true) !== 0) return group + 1;
    }
    return 0;
  }

  /** Whether the one key's values lie so close together that a direct index is the smaller one; then it is made. */
  #toDirect(): boolean {
    const { fields } = this.#records.layout;
    const { groups } = this;
    if (fields.length !== 1 || fields[0]?.whole === null || groups < MIN_DIRECT_GROUPS) return false;
    const direct = this.#newDirect();
    const arena = new Arena({ memory: this.#memory });
    try {
      const keys = this.keys(0, groups, arena);
      const out = arena.allocate(groups * 4);
      if (!direct.widen(keys, 0, groups, 0, directLimit(groups))) {
        direct.free();
        return false;
      }
      direct.place(keys, 0, groups, out, 'insert');
      direct.find(groups, 0, true, this.#fresh.ensure(groups * 4, 0), out);
    } finally {
      arena.reset();
    }
    this.#slots.free();
    this.#bits = 0;
    this.#direct = direct;
    this.#kind = 'direct';
    return true;
  }

  /** Where the group of NULL + 1 stands. */
  get #nullAt(): Pointer {
    return this.#offsets();
  }

  /** Where it is counted how often hashes clash. */
  get #clashesAt(): Pointer {
    return this.#offsets() + 4;
  }

  /** Pairs of the offsets of a text's length and address. */
  get #textOffsets(): Pointer {
    return this.#offsets() + 8;
  }

  #offsets(): Pointer {
    if (this.#fixed.bytes > 0) return this.#fixed.pointer;
    const pointer = this.#fixed.clear(8 + this.#types.length * 8);
    const view = this.#memory.view();
    let at = pointer + 8;
    for (const { form, offset, tail } of this.#records.layout.fields) {
      if (form !== 'text') continue;
      view.setUint32(at, offset, true);
      view.setUint32(at + 4, tail, true);
      at += 8;
    }
    return pointer;
  }
}

/** The binary logarithm of so many slots that at most two thirds of them are taken. */
function bitsFor(groups: number): number {
  let bits = MIN_BITS;
  while (2 ** bits * 2 < groups * 3) bits++;
  return bits;
}
