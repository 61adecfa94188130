import type { LogicalLimit, LogicalSort } from '../logical/logical-plan.ts';
import { type Planned, SINGLE } from './distribution.ts';
import { gathered } from './exchanges.ts';
import type { PhysicalContext } from './physical-context.ts';

/** Beyond so many rows a sort that keeps only the first ones is no better than one that keeps all. */
const MAX_TOP_ROWS = 1_000_000;

export function planSort({ input, keys }: LogicalSort, context: PhysicalContext): Planned {
  const { plan, distribution } = gathered(context.plan(input));
  return { plan: { kind: 'sort', input: plan, keys, columns: plan.columns }, distribution };
}

/** What is left of a limit runs in every task before it runs in one, so that few rows travel. */
export function planLimit(plan: LogicalLimit, context: PhysicalContext): Planned {
  const { input, limit, offset } = plan;
  if (limit !== null && limit + offset <= MAX_TOP_ROWS) {
    if (input.kind === 'sort') return topRows(input, limit, offset, context);
    if (input.kind === 'project' && input.input.kind === 'sort') {
      const { plan: top, distribution } = topRows(input.input, limit, offset, context);
      return { plan: { kind: 'project', input: top, exprs: input.exprs, columns: input.columns }, distribution };
    }
  }
  const planned = context.plan(input);
  if (planned.distribution.kind === 'single') return limited(planned, limit, offset);
  return limited(gathered(limit === null ? planned : limited(planned, limit + offset, 0)), limit, offset);
}

function limited({ plan, distribution }: Planned, limit: number | null, offset: number): Planned {
  return {
    plan: { kind: 'limit', input: plan, limit, offset, columns: plan.columns },
    distribution: distribution.kind === 'single' ? SINGLE : distribution,
  };
}

/** Only the first rows of every task can be among the first of all. */
function topRows({ input, keys }: LogicalSort, limit: number, offset: number, context: PhysicalContext): Planned {
  const top = ({ plan, distribution }: Planned, count: number, skipped: number): Planned => ({
    plan: { kind: 'topN', input: plan, keys, limit: count, offset: skipped, columns: plan.columns },
    distribution,
  });
  const planned = context.plan(input);
  if (planned.distribution.kind === 'single') return top(planned, limit, offset);
  return top(gathered(top(planned, limit + offset, 0)), limit, offset);
}
