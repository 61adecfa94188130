import { assertNever, InternalError } from '../../common/errors.ts';
import { BOOLEAN } from '../../common/types.ts';
import { Arena } from '../../wasm/arena.ts';
import { type GatherKernel, gather, gatherKernel } from '../../wasm/gather.ts';
import { bitmapBytes } from '../../wasm/layout.ts';
import { liveRows, MORSEL_ROWS, type Morsel } from '../../wasm/morsel.ts';
import type { Pointer, Vector } from '../../wasm/vector.ts';
import type { ExecutionContext } from '../execution.ts';
import { RowBuffer } from '../rows/row-buffer.ts';
import type { BuildSide, RightFacts } from './build-side.ts';
import type { JoinExpressions } from './join-expressions.ts';
import { type JoinKernel, joinKernel, MATCHED, NullsStay, UNKNOWN } from './join-kernel.ts';
import { type Pairs, type RowList, splitByNulls, verifyKey } from './join-keys.ts';
import type { JoinOutput, JoinSpec } from './join-spec.ts';
import { allRows, type JoinTable, type Matches } from './join-table.ts';
import { JoinMorsel } from './pair-morsel.ts';

/** Pairs tried and delivered at a time. */
const PAIRS = MORSEL_ROWS;
const ALL_PAIRS = 0xffffffff;
const NONE = 0xffffffff;

/** A left morsel at work. */
interface ProbeMorsel {
  readonly morsel: Morsel;
  readonly keys: readonly Vector[];
  readonly valid: RowList;
  readonly open: readonly RowList[];
}

/** Left morsels against a build side: pairs out of one, then what is decided by whether there were any. */
export class Probe {
  readonly #spec: JoinSpec;
  readonly #facts: RightFacts;
  readonly #kernel: JoinKernel;
  readonly #gather: GatherKernel;
  readonly #expressions: JoinExpressions;
  /** What the residual reads: all left, then all right columns. */
  readonly #bothSides: readonly JoinOutput[];
  /** For what lives as long as a left morsel. */
  readonly #morselArena: Arena;
  /** For what lives as long as a delivered morsel, or as pairs are tried. */
  readonly #pairArena: Arena;
  readonly #state: Arena;
  readonly #cursor: Pointer;
  readonly #pairs: Pairs;
  /** Never filled: give the NULLs of a side. */
  readonly #noLeft: RowBuffer;
  readonly #noRight: RowBuffer;

  constructor(spec: JoinSpec, expressions: JoinExpressions, context: ExecutionContext, facts: RightFacts) {
    const { memory } = context;
    const { left, right } = spec;
    this.#spec = spec;
    this.#facts = facts;
    this.#kernel = joinKernel(memory);
    this.#gather = gatherKernel(memory.memory);
    this.#expressions = expressions;
    this.#bothSides = [
      ...left.map((_, position) => ({ side: 'left', position }) as const),
      ...right.map((_, position) => ({ side: 'right', position }) as const),
    ];
    this.#morselArena = new Arena({ memory });
    this.#pairArena = new Arena({ memory });
    this.#noLeft = new RowBuffer(context, spec.leftFields);
    this.#noRight = new RowBuffer(context, spec.rightFields);
    this.#state = new Arena({ memory });
    this.#cursor = this.#state.allocate(8);
    this.#pairs = { probe: this.#state.allocate(PAIRS * 4 + 4), build: this.#state.allocate(PAIRS * 4 + 4) };
  }

  /** All that a left morsel brings. */
  *probe(morsel: Morsel, build: BuildSide): Generator<Morsel> {
    const { filters, keepsLeft } = this.#spec;
    if (liveRows(morsel) === 0) return;
    const known = !filters && !keepsLeft ? 0 : this.flags(morsel.rows);
    if (this.#isOneToOne(build)) yield* this.#probeOnce(morsel, build);
    else {
      yield* this.match(morsel, build, known);
      yield* this.decide(morsel, known);
    }
    this.#reset();
  }

  /** A zero flag for every row of a left morsel, which lives until that is done with. */
  flags(rows: number): Pointer {
    const flags = this.#morselArena.allocate(rows);
    this.#morselArena.bytes(flags, rows).fill(0);
    return flags;
  }

  /** Delivers a left morsel's pairs and flags (where flags are not 0) its rows that have some, or may. */
  *match(morsel: Morsel, build: BuildSide, flags: Pointer): Generator<Morsel> {
    const { keys, residual, filters, unknowns } = this.#spec;
    const probe = this.#prepare(morsel);
    const { valid } = probe;
    if (unknowns === 'facts' && this.#facts.hasRows) this.#flagOpen(probe, flags);
    if (valid.count > 0 && build.rows.rows > 0) {
      if (keys.length === 0) {
        yield* this.#expand(probe, build, allRows(this.#morselArena, valid.count, build.rows.rows), null, flags);
      } else if (filters && !residual && build.isExact) this.#flagFound(probe, build, flags);
      else yield* this.#matchKeys(probe, build, flags);
    }
    if (unknowns === 'pairs') this.#findUnknowns(probe, build, flags);
  }

  /** Delivers the rows of a left morsel that are delivered by their flags. */
  *decide(morsel: Morsel, flags: Pointer): Generator<Morsel> {
    const { type, unknowns } = this.#spec;
    if (flags === 0) return;
    if (unknowns === 'facts' && this.#facts.hasNullKeys) this.#kernel.flagRows(0, morsel.rows, flags, UNKNOWN);
    switch (type) {
      case 'left':
      case 'full':
      case 'anti':
        yield* this.#deliverFlagged(morsel, flags, MATCHED, 0);
        return;
      case 'semi':
        yield* this.#deliverFlagged(morsel, flags, MATCHED, MATCHED);
        return;
      case 'nullAwareAnti':
        yield* this.#deliverFlagged(morsel, flags, MATCHED | UNKNOWN, 0);
        return;
      case 'mark':
        yield* this.#deliverMarks(morsel, flags);
        return;
      case 'inner':
      case 'right':
      case 'rightSemi':
      case 'rightAnti':
        return;
      default:
        assertNever(type);
    }
  }

  /** Frees what `match` and `decide` took for a left morsel. */
  endMorsel(): void {
    this.#reset();
  }

  /** The rows of the build side that are delivered by whether they have a match, when all left rows have passed. */
  *rightRows(build: BuildSide): Generator<Morsel> {
    const { type, keepsRight } = this.#spec;
    if (!keepsRight) return;
    const wanted = type === 'rightSemi' ? 1 : 0;
    for (let from = 0; from < build.rows.rows; from += PAIRS) {
      const count = Math.min(PAIRS, build.rows.rows - from);
      const rows = this.#pairArena.allocate(count * 4 + 4);
      const left = this.#kernel.selectBits(build.matched, from, count, wanted, rows);
      if (left > 0) yield this.#rightMorsel(build.rows, rows, left);
      this.#pairArena.reset();
    }
    for (let from = 0; from < build.open.rows; from += PAIRS) {
      const count = Math.min(PAIRS, build.open.rows - from);
      const rows = this.#pairArena.allocate(count * 4);
      this.#gather.sequence(from, count, rows);
      yield this.#rightMorsel(build.open, rows, count);
      this.#pairArena.reset();
    }
  }

  free(): void {
    this.#reset();
    this.#state.reset();
    this.#noLeft.free();
    this.#noRight.free();
  }

  #reset(): void {
    this.#pairArena.reset();
    this.#morselArena.reset();
  }

  #prepare(morsel: Morsel): ProbeMorsel {
    const { keys } = this.#spec;
    const { rows, selection } = morsel;
    if (rows > MORSEL_ROWS) throw new InternalError(`a morsel of ${rows} rows came to a join`);
    const all = selection ? { rows: selection.rows, count: selection.count } : { rows: 0, count: rows };
    const vectors = keys.length === 0 ? [] : this.#expressions.leftKeys.evaluate(morsel, this.#morselArena);
    return { morsel, keys: vectors, ...splitByNulls(this.#kernel, this.#morselArena, keys, vectors, all) };
  }

  #wordsOf({ morsel, keys, valid }: ProbeMorsel, build: BuildSide): Pointer {
    return this.#expressions.leftWords.words(keys, morsel.rows, valid, this.#morselArena, build.packing);
  }

  /** Every left row has one match at most, known at once. */
  #isOneToOne(build: BuildSide): boolean {
    const { residual, filters } = this.#spec;
    return !residual && !filters && build.isExact && (build.table?.unique ?? false);
  }

  *#probeOnce(morsel: Morsel, build: BuildSide): Generator<Morsel> {
    const { keepsLeft, keepsRight, deliversPairs } = this.#spec;
    const probe = this.#prepare(morsel);
    const { valid } = probe;
    const table = build.table as JoinTable;
    const words = this.#wordsOf(probe, build);
    if (keepsLeft) {
      const found = table.find(words, valid.count, this.#morselArena);
      if (keepsRight) this.#kernel.setBits(found, valid.count, build.matched);
      let at = found;
      if (valid.count < morsel.rows) {
        at = this.#filled(morsel.rows, 0xff);
        if (valid.rows) this.#kernel.scatter(found, valid.rows, valid.count, at);
      }
      yield this.#sparse(morsel, morsel.selection, build.rows, at);
      return;
    }
    const { probe: probeRows, build: buildRows } = this.#pairs;
    const count = table.findPairs(words, valid.rows, valid.count, this.#pairs, this.#morselArena);
    if (keepsRight) this.#kernel.setBits(buildRows, count, build.matched);
    if (!deliversPairs) return;
    if (count === 0) return;
    if (count === morsel.rows) yield this.#sparse(morsel, null, build.rows, buildRows);
    else if (count * SPARSE_BELOW >= morsel.rows) {
      const at = this.#filled(morsel.rows, 0);
      this.#kernel.scatter(buildRows, probeRows, count, at);
      yield this.#sparse(morsel, { rows: probeRows, count }, build.rows, at);
    } else yield this.#pairMorsel(morsel, build.rows, count);
  }

  /** A left morsel as it is, with selected rows; `at` has the right row of each. */
  #sparse(morsel: Morsel, selection: Morsel['selection'], right: RowBuffer, at: Pointer): Morsel {
    return new JoinMorsel(morsel.rows, selection, this.#spec.outputs, {
      left: (position) => morsel.column(position),
      right: (position) => right.gather(position, at, morsel.rows, this.#pairArena),
    });
  }

  #filled(count: number, byte: number): Pointer {
    const pointer = this.#morselArena.allocate(count * 4);
    this.#morselArena.bytes(pointer, count * 4).fill(byte);
    return pointer;
  }

  #flagOpen({ open }: ProbeMorsel, flags: Pointer): void {
    for (const { rows, count } of open) this.#kernel.flagRows(rows, count, flags, UNKNOWN);
  }

  #flagFound(probe: ProbeMorsel, build: BuildSide, flags: Pointer): void {
    const table = build.table as JoinTable;
    const { rows, count } = probe.valid;
    const words = this.#wordsOf(probe, build);
    if (table.unique) this.#kernel.flagFound(table.find(words, count, this.#morselArena), NONE, rows, count, flags);
    else this.#kernel.flagFound(table.findMany(words, count, this.#morselArena).counts, 0, rows, count, flags);
  }

  *#matchKeys(probe: ProbeMorsel, build: BuildSide, flags: Pointer): Generator<Morsel> {
    const table = build.table as JoinTable;
    const { valid, morsel } = probe;
    const words = this.#wordsOf(probe, build);
    const { filters, residual, keepsRight, deliversPairs } = this.#spec;
    if (table.unique) {
      const count = table.findPairs(words, valid.rows, valid.count, this.#pairs, this.#morselArena);
      const left = this.#settle(probe, build, count, flags);
      if (left > 0 && deliversPairs) yield this.#pairMorsel(morsel, build.rows, left);
      this.#pairArena.reset();
      return;
    }
    const matches = table.findMany(words, valid.count, this.#morselArena);
    if (keepsRight && !deliversPairs && !residual && build.isExact) {
      // The rows of one key are matched together, once.
      const { first, counts } = matches;
      this.#kernel.claimGroups(first, counts, valid.count, table.rows, table.single, build.matched);
    }
    // Rows of one hash have one key but for collisions: the first of them settles what needs one match only.
    if (filters && !residual) yield* this.#expand(probe, build, matches, table, flags, 1);
    yield* this.#expand(probe, build, matches, table, flags);
  }

  /** Tries the pairs of all valid rows with their matches, at most `most` each. */
  *#expand(
    probe: ProbeMorsel,
    build: BuildSide,
    { first, counts }: Matches,
    table: JoinTable | null,
    flags: Pointer,
    most = ALL_PAIRS,
  ): Generator<Morsel> {
    const { filters, deliversPairs } = this.#spec;
    const { valid, morsel } = probe;
    const { rows, single } = table ?? { rows: 0, single: false };
    this.#rewind();
    for (;;) {
      const count = this.#kernel.expand(
        first,
        counts,
        valid.rows,
        valid.count,
        rows,
        single,
        most,
        filters ? flags : 0,
        MATCHED,
        this.#cursor,
        PAIRS,
        this.#pairs.probe,
        this.#pairs.build,
      );
      if (count === 0) return;
      const left = this.#settle(probe, build, count, flags);
      if (left > 0 && deliversPairs) yield this.#pairMorsel(morsel, build.rows, left);
      this.#pairArena.reset();
    }
  }

  /** Keeps the pairs that hold, flags both their rows. Returns how many there are. */
  #settle(probe: ProbeMorsel, build: BuildSide, pairs: number, flags: Pointer): number {
    let count = pairs;
    if (!build.isExact) count = this.#verify(probe, build.rows, build, count, null);
    count = this.#filter(probe.morsel, build.rows, count);
    if (flags) this.#kernel.flagRows(this.#pairs.probe, count, flags, MATCHED);
    if (this.#spec.keepsRight) this.#kernel.setBits(this.#pairs.build, count, build.matched);
    return count;
  }

  /** `nulls` null: as the keys say. */
  #verify(probe: ProbeMorsel, rows: RowBuffer, build: BuildSide, pairs: number, nulls: number | null): number {
    let count = pairs;
    for (const [i, { nullsMatch }] of this.#spec.keys.entries()) {
      const table = rows.chunkTable(build.keyFields[i] as number);
      if (count === 0 || !table) return count;
      const stay = nullsMatch ? NullsStay.both : (nulls ?? NullsStay.never);
      count = verifyKey(this.#kernel, probe.keys[i] as Vector, table, stay, this.#pairs, count);
    }
    return count;
  }

  #filter(morsel: Morsel, rows: RowBuffer, pairs: number): number {
    const { residual } = this.#expressions;
    if (!residual || pairs === 0) return pairs;
    const marks = [this.#pairArena.mark(), this.#morselArena.mark()] as const;
    const candidates = this.#pairMorsel(morsel, rows, pairs, this.#bothSides);
    // Columns are gathered while conjuncts run, and stay for the next one: not where a conjunct gives back what it took.
    const selection = residual.select(candidates, this.#morselArena);
    const count = selection ? selection.count : pairs;
    if (selection) this.#kernel.pickPairs(selection.rows, count, this.#pairs.probe, this.#pairs.build);
    this.#pairArena.release(marks[0]);
    this.#morselArena.release(marks[1]);
    return count;
  }

  /** The pairs there are, as a morsel that gathers from both sides. */
  #pairMorsel(morsel: Morsel, right: RowBuffer, count: number, outputs = this.#spec.outputs): Morsel {
    const { probe, build } = this.#pairs;
    const arena = this.#pairArena;
    return new JoinMorsel(count, null, outputs, {
      left: (position) => gather(arena, morsel.column(position), probe, count),
      right: (position) => right.gather(position, build, count, arena),
    });
  }

  /** Flags the rows without a match whose comparison with some row, NULLs in between, leaves the answer open. */
  #findUnknowns(probe: ProbeMorsel, build: BuildSide, flags: Pointer): void {
    this.#tryUnknowns(probe, probe.valid, build, build.open, flags);
    for (const list of probe.open) {
      this.#tryUnknowns(probe, list, build, build.open, flags);
      this.#tryUnknowns(probe, list, build, build.rows, flags);
    }
  }

  #tryUnknowns(probe: ProbeMorsel, list: RowList, build: BuildSide, rows: RowBuffer, flags: Pointer): void {
    if (list.count === 0 || rows.rows === 0) return;
    const { first, counts } = allRows(this.#morselArena, list.count, rows.rows);
    this.#rewind();
    for (;;) {
      const pairs = this.#kernel.expand(
        first,
        counts,
        list.rows,
        list.count,
        0,
        false,
        ALL_PAIRS,
        flags,
        MATCHED | UNKNOWN,
        this.#cursor,
        PAIRS,
        this.#pairs.probe,
        this.#pairs.build,
      );
      if (pairs === 0) return;
      const equal = this.#verify(probe, rows, build, pairs, NullsStay.always);
      const count = this.#filter(probe.morsel, rows, equal);
      this.#kernel.flagRows(this.#pairs.probe, count, flags, UNKNOWN);
    }
  }

  #rewind(): void {
    this.#state.bytes(this.#cursor, 8).fill(0);
  }

  *#deliverFlagged(morsel: Morsel, flags: Pointer, mask: number, value: number): Generator<Morsel> {
    const { selection } = morsel;
    const live = liveRows(morsel);
    const rows = this.#morselArena.allocate(live * 4 + 4);
    const count = this.#kernel.selectFlags(flags, selection?.rows ?? 0, live, mask, value, rows);
    if (count === 0) return;
    yield new JoinMorsel(
      morsel.rows,
      count === live ? selection : { rows, count },
      this.#spec.outputs,
      this.#withoutRight(morsel),
    );
  }

  #withoutRight(morsel: Morsel) {
    let none: Pointer | null = null;
    return {
      left: (position: number) => morsel.column(position),
      right: (position: number) => {
        none ??= this.#filled(morsel.rows, 0xff);
        return this.#noRight.gather(position, none, morsel.rows, this.#morselArena);
      },
    };
  }

  *#deliverMarks(morsel: Morsel, flags: Pointer): Generator<Morsel> {
    const { rows } = morsel;
    const arena = this.#morselArena;
    const data = arena.allocate(rows);
    const bitmap = arena.allocate(bitmapBytes(rows));
    const nulls = this.#kernel.writeMarks(flags, rows, data, bitmap);
    const mark: Vector = {
      kind: 'fixed',
      type: BOOLEAN,
      width: 1,
      length: rows,
      validity: nulls === 0 ? 0 : bitmap,
      data,
    };
    yield new JoinMorsel(rows, morsel.selection, this.#spec.outputs, { ...this.#withoutRight(morsel), mark });
  }

  #rightMorsel(right: RowBuffer, rows: Pointer, count: number): Morsel {
    const arena = this.#pairArena;
    let none: Pointer | null = null;
    return new JoinMorsel(count, null, this.#spec.outputs, {
      left: (position) => {
        if (none === null) {
          none = arena.allocate(count * 4);
          arena.bytes(none, count * 4).fill(0xff);
        }
        return this.#noLeft.gather(position, none, count, arena);
      },
      right: (position) => right.gather(position, rows, count, arena),
    });
  }
}

/** Of the rows of a left morsel at least one in so many is left: its columns stay as they are. */
const SPARSE_BELOW = 4;
