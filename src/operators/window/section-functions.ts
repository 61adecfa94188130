import { assertNever, InternalError } from '../../common/errors.ts';
import type { Value } from '../../common/types.ts';
import type { Pointer } from '../../wasm/vector.ts';
import type { WindowCall } from '../plan.ts';
import { resolveWindowFunction } from './functions.ts';
import { windowValues } from './partition-function.ts';
import type { Section } from './section.ts';
import { sectionAggregate } from './section-aggregates.ts';
import type { CallColumns } from './section-call.ts';
import { hostFrame, sectionFrames } from './section-frames.ts';
import { fixedOutput, rowsOutput, type SectionOutput, valuesOutput } from './section-output.ts';

/**
 * A window function over a section. Kernels compute the ranking functions, lag and lead by a constant without default, values of frames
 * without EXCLUDE, and of such frames count, sum, avg, min and max; the host's functions, one partition at a time, compute what is
 * rarer: EXCLUDE, DISTINCT, IGNORE NULLS, offsets that vary, defaults, and the other aggregates.
 */
export function sectionFunction(section: Section, call: CallColumns): SectionOutput {
  const resolved = resolveWindowFunction(call.call.function, call.call.argTypes);
  if (!resolved) throw new InternalError(`window function ${call.call.function} was not resolved`);
  const { kind } = resolved;
  const output = kernelFunction(kind, section, call);
  return output ?? hostFunction(section, call);
}

/** Null where there is no kernel for it. */
function kernelFunction(
  kind: 'ranking' | 'offset' | 'frame' | 'aggregate',
  section: Section,
  call: CallColumns,
): SectionOutput | null {
  switch (kind) {
    case 'ranking':
      return ranking(section, call.call);
    case 'offset':
      return neighbour(section, call);
    case 'frame':
      return frameValue(section, call);
    case 'aggregate':
      return sectionAggregate(section, call);
    default:
      return assertNever(kind);
  }
}

function ranking(section: Section, call: WindowCall): SectionOutput | null {
  const { kernel, arena, rows, partitions, peers } = section;
  const out = arena.allocate(rows * 8);
  switch (call.function) {
    case 'row_number':
      kernel.rowNumbers(partitions.starts, rows, out);
      break;
    case 'rank':
      kernel.ranks(partitions.starts, peers.starts, rows, out);
      break;
    case 'dense_rank':
      kernel.denseRanks(partitions.starts, peers.starts, rows, out);
      break;
    case 'percent_rank':
      kernel.percentRanks(partitions.starts, partitions.ends, peers.starts, rows, out);
      break;
    case 'cume_dist':
      kernel.cumeDists(partitions.starts, partitions.ends, peers.ends, rows, out);
      break;
    case 'ntile': {
      const parts = literalAt(call, 0);
      if (typeof parts !== 'bigint' || parts <= 0n) return null;
      kernel.ntiles(partitions.starts, partitions.ends, rows, parts, out);
      break;
    }
    default:
      return null;
  }
  return fixedOutput(section, call.type, out);
}

/** The value of a literal argument; undefined for other expressions and where there is none. */
function literalAt({ args }: WindowCall, index: number): Value | undefined {
  const arg = args[index];
  return arg?.kind === 'literal' ? arg.value : undefined;
}

function neighbour(section: Section, { call, argPositions }: CallColumns): SectionOutput | null {
  const [position] = argPositions;
  const offset = call.args.length > 1 ? literalAt(call, 1) : 1n;
  const plain = call.args.length < 3 || literalAt(call, 2) === null;
  if (typeof position !== 'number' || call.ignoreNulls || !plain || typeof offset !== 'bigint') return null;
  const { kernel, arena, rows, partitions } = section;
  const most = BigInt(rows);
  const distance = offset > most ? most : offset < -most ? -most : offset;
  const out = arena.allocate(rows * 4);
  kernel.neighbours(partitions.starts, partitions.ends, rows, call.function === 'lead' ? distance : -distance, out);
  return rowsOutput(section, position, out);
}

function frameValue(section: Section, columns: CallColumns): SectionOutput | null {
  const { call, argPositions } = columns;
  const [position] = argPositions;
  if (typeof position !== 'number' || call.ignoreNulls || call.frame.exclude !== 'noOthers') return null;
  const nth = call.function === 'nth_value' ? literalAt(call, 1) : 1n;
  if (typeof nth !== 'bigint' || nth <= 0n) return null;
  const frames = sectionFrames(section, columns);
  const { kernel, arena, rows } = section;
  const out: Pointer = arena.allocate(rows * 4);
  const index = nth > BigInt(rows) ? rows : Number(nth - 1n);
  kernel.nthRows(frames.starts, frames.ends, rows, index, call.function === 'last_value' ? 1 : 0, out);
  return rowsOutput(section, position, out);
}

function hostFunction(section: Section, columns: CallColumns): SectionOutput {
  const values: Value[] = [];
  for (const { first, partition } of section.hostPartitions()) {
    const input = {
      ...hostFrame(section, columns, first),
      args: columns.args.map((arg) => arg(section, first)),
      filter: columns.filter?.(section, first) ?? null,
    };
    for (const value of windowValues(columns.call, partition, input, { continues: true })) values.push(value);
  }
  return valuesOutput(columns.call.type, values);
}
