import { ExecutionError, InternalError } from '../common/errors.ts';
import { Arena } from '../wasm/arena.ts';
import { buildVector } from '../wasm/build-vector.ts';
import { LinearMemory } from '../wasm/linear-memory.ts';
import type { Morsel } from '../wasm/morsel.ts';
import type { Vector } from '../wasm/vector.ts';
import { inlineProjects } from './aggregate/inline-projects.ts';
import { executeOperator } from './execute-plan.ts';
import type { ExecutionContext, GeneratedModule } from './execution.ts';
import type { Column } from './expr/expr.ts';
import { children, type PhysicalPlan } from './plan.ts';

/**
 * The modules that would be generated for a plan, inputs first. How columns arrive is known only where they are read; here it
 * is assumed: text as views, a validity bitmap where a column may be NULL, numbers anywhere in their type's range.
 */
export async function generatedModules(plan: PhysicalPlan): Promise<readonly GeneratedModule[]> {
  const modules: GeneratedModule[] = [];
  for (const node of bottomUp(inlineProjects(plan))) modules.push(...(await modulesOf(node)));
  return modules;
}

const bottomUp = (plan: PhysicalPlan): readonly PhysicalPlan[] => [...children(plan).flatMap(bottomUp), plan];

/** Runs one operator over inputs of one row each. */
async function modulesOf(node: PhysicalPlan): Promise<readonly GeneratedModule[]> {
  if (node.kind === 'scan' || node.kind === 'exchangeSource') return [];
  if (node.kind === 'recursive' || node.kind === 'workingTable') return [];
  const memory = new LinearMemory();
  const modules: GeneratedModule[] = [];
  const context: ExecutionContext = {
    memory,
    operatorBytes: memory.maxBytes,
    spill: null,
    scan: noSource,
    exchange: noSource,
    onModule: (module) => modules.push(module),
  };
  const inputs = children(node).map(({ columns }) => oneRow(memory, columns));
  try {
    for await (const morsel of executeOperator(node, inputs, context)) morsel.column(0);
  } catch (error) {
    // The row is made up: it may divide by zero, after the code that does so was generated.
    if (!(error instanceof ExecutionError)) throw error;
  }
  return modules;
}

function noSource(): never {
  throw new InternalError('an operator by itself has no source');
}

async function* oneRow(memory: LinearMemory, columns: readonly Column[]): AsyncGenerator<Morsel> {
  const arena = new Arena({ memory });
  const vectors = columns.map(({ type, nullable }): Vector => {
    const vector = buildVector(arena, type, [null]);
    return nullable ? vector : { ...vector, validity: 0 };
  });
  yield { rows: 1, selection: null, column: (index) => vectors[index] as Vector };
  arena.reset();
}
