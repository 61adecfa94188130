import { assertNever } from '../../common/errors.ts';
import type { Value } from '../../common/types.ts';
import type { Pointer } from '../../wasm/vector.ts';
import type { FrameBound, WindowFrame } from '../plan.ts';
import { boundFunction, type FrameInput } from './frames.ts';
import type { Section, Spans } from './section.ts';
import type { CallColumns } from './section-call.ts';

/** The frames of a call in all rows of a section, without what EXCLUDE takes away. Throws ExecutionError SQ3007 for bad offsets. */
export function sectionFrames(section: Section, call: CallColumns): Spans {
  return { starts: bound(section, call, 'start'), ends: bound(section, call, 'end') };
}

function bound(section: Section, call: CallColumns, side: 'start' | 'end'): Pointer {
  const { unit } = call.call.frame;
  const at = call.call.frame[side];
  const { partitions, peers } = section;
  switch (at.kind) {
    case 'unboundedPreceding':
      return partitions.starts;
    case 'unboundedFollowing':
      return partitions.ends;
    case 'currentRow':
      if (unit === 'rows') return rowBounds(section, side, 0n);
      return side === 'start' ? peers.starts : peers.ends;
    case 'preceding':
    case 'following':
      switch (unit) {
        case 'rows':
        case 'groups': {
          const add = constantOffset(section, at);
          if (add === null) return hostBounds(section, call, side);
          return unit === 'rows' ? rowBounds(section, side, add) : groupBounds(section, side, add);
        }
        case 'range':
          return hostBounds(section, call, side);
        default:
          return assertNever(unit);
      }
    default:
      return assertNever(at);
  }
}

/** How far the bound is, no further than there are rows; null when it is no good literal. */
function constantOffset(
  { rows }: Section,
  { kind, offset }: Extract<FrameBound, { readonly offset: unknown }>,
): bigint | null {
  const value: Value = offset.kind === 'literal' ? offset.value : null;
  if ((typeof value !== 'bigint' && typeof value !== 'number') || value < 0) return null;
  const distance = BigInt(value) < BigInt(rows) ? BigInt(value) : BigInt(rows);
  return kind === 'preceding' ? -distance : distance;
}

function rowBounds(section: Section, side: 'start' | 'end', add: bigint): Pointer {
  const past = side === 'start' ? add : add + 1n;
  return section.once(`rows ${past}`, () => {
    const { arena, kernel, partitions, rows } = section;
    const out = arena.allocate(rows * 4);
    kernel.rowBounds(partitions.starts, partitions.ends, rows, past, out);
    return out;
  });
}

function groupBounds(section: Section, side: 'start' | 'end', add: bigint): Pointer {
  const { arena, kernel, partitions, peers, rows } = section;
  const out = arena.allocate(rows * 4);
  const groups = arena.allocate((rows + 1) * 4);
  kernel.groupBounds(partitions.starts, partitions.ends, peers.starts, rows, add, side === 'end' ? 1 : 0, groups, out);
  return out;
}

/** Bounds found by the host's search, partition by partition. */
function hostBounds(section: Section, call: CallColumns, side: 'start' | 'end'): Pointer {
  const bounds = new Uint32Array(section.rows);
  for (const { first, partition } of section.hostPartitions()) {
    const at = boundFunction(partition, hostFrame(section, call, first), side);
    for (let row = 0; row < partition.length; row++) bounds[first + row] = first + at(row);
  }
  const out = section.arena.allocate(section.rows * 4);
  new Uint32Array(section.arena.memory.buffer, out, section.rows).set(bounds);
  return out;
}

/** What the host's frames read in the partition that starts at `first`. */
export function hostFrame(section: Section, { call, start, end, orderKey }: CallColumns, first: number): FrameInput {
  const { frame } = call;
  const key = needsKey(frame) ? orderKey : null;
  return {
    frame,
    key: key && { by: key.by, value: section.partitionColumn(key.column.column, first) },
    start: start?.(section, first) ?? null,
    end: end?.(section, first) ?? null,
  };
}

const needsKey = ({ unit, start, end }: WindowFrame) => unit === 'range' && ('offset' in start || 'offset' in end);
