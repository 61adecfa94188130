import { throwIfAborted } from '../../common/errors.ts';
import type { Field } from '../../common/types.ts';
import { Arena } from '../../wasm/arena.ts';
import { outOfBudget, type PageRun } from '../../wasm/linear-memory.ts';
import { MORSEL_ROWS, type Morsel } from '../../wasm/morsel.ts';
import type { ExecutionContext, MorselStream, SpillFile, SpillSpace } from '../execution.ts';
import { batchOfMorsel, morselsOfBatch } from '../morsel-batches.ts';
import type { JoinPlan, JoinType } from '../plan.ts';
import type { RowBuffer } from '../rows/row-buffer.ts';
import { BuildSide, type RightFacts } from './build-side.ts';
import { JoinExpressions } from './join-expressions.ts';
import { type JoinSpec, narrowJoin } from './join-spec.ts';
import { MAX_LEVEL, Partitions } from './partitions.ts';
import { Probe } from './probe.ts';

/**
 * Keeps the right side in memory behind a hash table and passes the left side by it. A right side beyond the budget is split, with the left
 * one, by bits of the keys' hashes into files, which are joined one after the other: the Grace hash join (Kitsuregawa, Tanaka and Moto-Oka,
 * Application of Hash to Data Base Machine and Its Architecture, 1983). What cannot be split so goes in blocks past the whole left side.
 */
export async function* executeJoin(
  plan: JoinPlan,
  left: MorselStream,
  right: MorselStream,
  context: ExecutionContext,
): AsyncGenerator<Morsel> {
  const { spec, leftPositions, rightPositions } = narrowJoin(plan);
  const facts: RightFacts = { hasRows: false, hasNullKeys: false };
  const expressions = new JoinExpressions(spec, context);
  const run: JoinRun = { spec, expressions, context, facts };
  try {
    yield* joinStreams(run, narrowed(left, leftPositions), narrowed(right, rightPositions), 0);
  } finally {
    expressions.free();
  }
}

interface JoinRun {
  readonly spec: JoinSpec;
  readonly expressions: JoinExpressions;
  readonly context: ExecutionContext;
  readonly facts: RightFacts;
}

async function* narrowed(stream: MorselStream, positions: readonly number[]): AsyncGenerator<Morsel> {
  for await (const morsel of stream) {
    const { rows, selection } = morsel;
    yield { rows, selection, column: (index) => morsel.column(positions[index] as number) };
  }
}

/** `level`: how often the rows were split already; MAX_LEVEL when that is of no use any more. */
async function* joinStreams(
  run: JoinRun,
  left: MorselStream,
  right: MorselStream,
  level: number,
): AsyncGenerator<Morsel> {
  const { spec, expressions, context, facts } = run;
  const source = right[Symbol.asyncIterator]();
  const build = new BuildSide(spec, expressions, context, facts);
  const probe = new Probe(spec, expressions, context, facts);
  try {
    const whole = await fill(build, source, context);
    if (whole) yield* joinInMemory(run, left, build, probe);
    else {
      const spill = context.spill;
      if (!spill) throw outOfBudget(build.rows.bytes, 0, context.operatorBytes);
      const splits = spec.keys.length > 0 && spec.unknowns !== 'pairs' && level < MAX_LEVEL;
      if (splits) yield* joinPartitions(run, left, build, source, level, spill);
      else yield* joinBlocks(run, left, build, source, probe, spill);
    }
  } finally {
    probe.free();
    build.free();
    await source.return?.();
  }
}

/** Takes rows while the budget lasts, one morsel at least. True when there are no more. */
async function fill(build: BuildSide, source: AsyncIterator<Morsel>, context: ExecutionContext): Promise<boolean> {
  for (;;) {
    const next = await source.next();
    if (next.done) return true;
    throwIfAborted(context.signal);
    build.add(next.value);
    if (build.isOverBudget) return false;
  }
}

/** Without a right row they deliver nothing. */
const NEEDS_RIGHT: ReadonlySet<JoinType> = new Set(['inner', 'right', 'semi', 'rightSemi', 'rightAnti']);

async function* joinInMemory(
  { spec, context, facts }: JoinRun,
  left: MorselStream,
  build: BuildSide,
  probe: Probe,
): AsyncGenerator<Morsel> {
  const { type } = spec;
  if (build.count === 0 && NEEDS_RIGHT.has(type)) return;
  if (type === 'nullAwareAnti' && spec.unknowns === 'facts' && facts.hasNullKeys) return;
  build.finish();
  for await (const morsel of left) {
    throwIfAborted(context.signal);
    yield* probe.probe(morsel, build);
  }
  yield* probe.rightRows(build);
}

async function* joinPartitions(
  run: JoinRun,
  left: MorselStream,
  build: BuildSide,
  source: AsyncIterator<Morsel>,
  level: number,
  spill: SpillSpace,
): AsyncGenerator<Morsel> {
  const { spec, expressions, context, facts } = run;
  const { keys, leftFields, rightFields } = spec;
  const { leftKeys, leftWords, rightKeys, rightWords } = expressions;
  const rightSide = { fields: rightFields, evaluator: rightKeys, words: rightWords, facts };
  const leftSide = { fields: leftFields, evaluator: leftKeys, words: leftWords, facts: null };
  const rightParts = new Partitions(rightSide, keys, level, context, spill);
  const leftParts = new Partitions(leftSide, keys, level, context, spill);
  try {
    for (const rows of [build.rows, build.open]) {
      for (const morsel of morselsOfBuffer(rows, context)) await rightParts.add(morsel);
    }
    build.clear();
    for (let next = await source.next(); !next.done; next = await source.next()) {
      throwIfAborted(context.signal);
      await rightParts.add(next.value);
    }
    for await (const morsel of left) {
      throwIfAborted(context.signal);
      await leftParts.add(morsel);
    }
    const total = rightParts.files.reduce((sum, { rows }) => sum + rows, 0);
    for (const [part, rightFile] of rightParts.files.entries()) {
      const leftFile = leftParts.files[part] as SpillFile;
      const deeper = rightFile.rows > total / 2 ? MAX_LEVEL : level + 1;
      yield* joinStreams(run, morselsOfFile(leftFile, context), morselsOfFile(rightFile, context), deeper);
      await rightFile.delete();
      await leftFile.delete();
    }
  } finally {
    await rightParts.delete();
    await leftParts.delete();
  }
}

/** The right side in blocks of the budget's size, each against the whole left side. */
async function* joinBlocks(
  { spec, context }: JoinRun,
  left: MorselStream,
  build: BuildSide,
  source: AsyncIterator<Morsel>,
  probe: Probe,
  spill: SpillSpace,
): AsyncGenerator<Morsel> {
  const { memory, signal } = context;
  const leftFile = spill.create();
  let flags: PageRun | null = null;
  try {
    await spillStream(left, spec.leftFields, leftFile, context);
    if (spec.filters || spec.keepsLeft) {
      flags = memory.allocateRun(leftFile.rows);
      memory.bytes(flags.pointer, leftFile.rows).fill(0);
    }
    let last = false;
    while (build.count > 0) {
      build.finish();
      let row = 0;
      for await (const morsel of morselsOfFile(leftFile, context)) {
        throwIfAborted(signal);
        yield* probe.match(morsel, build, flags ? flags.pointer + row : 0);
        probe.endMorsel();
        row += morsel.rows;
      }
      yield* probe.rightRows(build);
      build.clear();
      if (last) break;
      last = await fill(build, source, context);
    }
    if (!flags) return;
    let row = 0;
    for await (const morsel of morselsOfFile(leftFile, context)) {
      yield* probe.decide(morsel, flags.pointer + row);
      probe.endMorsel();
      row += morsel.rows;
    }
  } finally {
    if (flags) memory.freeRun(flags);
    await leftFile.delete();
  }
}

async function spillStream(
  stream: MorselStream,
  fields: readonly Field[],
  file: SpillFile,
  { memory, signal }: ExecutionContext,
): Promise<void> {
  const arena = new Arena({ memory });
  try {
    for await (const morsel of stream) {
      throwIfAborted(signal);
      await file.append(batchOfMorsel(arena, fields, morsel));
      arena.reset();
    }
  } finally {
    arena.reset();
  }
}

async function* morselsOfFile(file: SpillFile, { memory }: ExecutionContext): AsyncGenerator<Morsel> {
  const arena = new Arena({ memory });
  try {
    for await (const batch of file.read(arena)) yield* morselsOfBatch(batch);
  } finally {
    arena.reset();
  }
}

function* morselsOfBuffer(buffer: RowBuffer, { memory }: ExecutionContext): Generator<Morsel> {
  const arena = new Arena({ memory });
  try {
    for (let from = 0; from < buffer.rows; from += MORSEL_ROWS) {
      yield* morselsOfBatch(buffer.batch(from, Math.min(MORSEL_ROWS, buffer.rows - from), arena));
      arena.reset();
    }
  } finally {
    arena.reset();
  }
}
