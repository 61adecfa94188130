import type { ExchangeOptions } from '../../common/config.ts';
import { assertNever, ResourceError } from '../../common/errors.ts';
import type { StageId } from '../../common/ids.ts';
import { children, type PhysicalPlan } from '../../operators/plan.ts';
import type { Compression } from '../../operators/task.ts';
import { type CostModel, costModel, functionDollars, wavesOf } from '../cost/cost-model.ts';
import { type ExchangeWay, hopCost, partitionedCost, sumCosts } from '../cost/exchange-cost.ts';
import type { HopCost } from '../cost/hop-cost.ts';
import { type Levels, levelShapes, mostLevels } from '../cost/level-shapes.ts';
import { type FunctionsOffered, inlineBytes } from '../functions-offered.ts';
import { gangsOf } from './gangs.ts';
import { hopOf, isDivided } from './hops.ts';
import { idsAfter, isBetween, type NewStageId, readersOf, withLevels } from './levels.ts';
import { tasksOf } from './routes.ts';
import { outputBytes } from './stage-bytes.ts';
import {
  type LevelShape,
  type PartitionRoute,
  type Stage,
  type StageGraph,
  type StageInput,
  stageOf,
} from './stage-graph.ts';
import { taskMs } from './stage-time.ts';

export interface ChooseOptions {
  readonly functions: FunctionsOffered;
  readonly choices: Pick<ExchangeOptions, 'optimize' | 'exchange' | 'levels' | 'compression'>;
  /** What stages have delivered, bytes; the others are estimated. */
  readonly bytes?: ReadonlyMap<StageId, number>;
  /** Ids for the stages between levels; default: the ids after the largest one. */
  readonly newId?: NewStageId;
  /** Of a stage that has begun nothing changes. */
  readonly begun?: (stage: StageId) => boolean;
}

/**
 * Estimates are wrong by factors: rows of up to so many messages may travel in messages. Those that turn out not to fit go through
 * objects as they would have otherwise.
 */
const INLINE_MARGIN = 4;
/** Codecs that are chosen from; zstd asks for a newer Node than the engine does. */
const CODECS: readonly (Compression | null)[] = [null, 'lz4'];
/** Sockets of a task for one exchange; a function has 1,024 descriptors for everything. */
const MAX_LINKS = 256;
/** An exchange of fewer pairs of tasks has one level. */
const FEW_PAIRS = 64;

/**
 * How the rows of each stage travel: by which medium, through how many levels, with which codec. What is left open is chosen by the
 * predicted bill (`cost`), the predicted time (`latency`), or the product of both (`balanced`), of the stage that writes and the exchange
 * together. What the settings force is taken and changes nothing else. A graph without estimates has exchanges of no bytes.
 *
 * @throws ResourceError when direct exchanges are forced: SQ4013 when functions cannot be connected, SQ4012 when not so many run at once,
 * SQ4014 when one of them would need too many links.
 */
export function chooseExchanges(graph: StageGraph, options: ChooseOptions): StageGraph {
  const barred = new Set<StageId>();
  for (;;) {
    const chooser = new Chooser(graph, options, barred);
    const chosen = chooser.choose();
    const mixed = options.choices.exchange === 'direct' ? [] : mixedProducers(graph, chosen);
    if (mixed.length === 0) return chosen;
    for (const id of mixed) barred.add(id);
  }
}

/**
 * Producers of direct edges to stages that read other partitions through objects: the gang would wait for those, and its functions are
 * no sooner done.
 */
function mixedProducers(graph: StageGraph, chosen: StageGraph): readonly StageId[] {
  const mediumOf = ({ stage }: StageInput) => stageOf(chosen, stage).exchange.medium;
  return graph.stages.flatMap((reader) => {
    const inputs = reader.inputs.filter(({ route }) => route.kind === 'partitions');
    if (!inputs.some((input) => mediumOf(input) === 'objects')) return [];
    return inputs.filter((input) => mediumOf(input) === 'direct').map(({ stage }) => stage);
  });
}

/** One way of handing a stage's rows on, and what it is predicted to take. */
interface Candidate {
  readonly way: ExchangeWay;
  /** Null: as the routes are. */
  readonly shapes: readonly LevelShape[] | null;
  readonly cost: HopCost;
}

interface LinkedCandidate extends Candidate {
  /** Why the stages cannot run at the same time, connected; null: they can. */
  readonly misfit: ResourceError | null;
}

interface Exchange {
  readonly producer: Stage;
  readonly readers: readonly Stage[];
  readonly bytes: number;
  /** Producers and consumers, when it is by keys and can have levels. */
  readonly route: PartitionRoute | null;
}

class Chooser {
  readonly #given: StageGraph;
  readonly #options: ChooseOptions;
  readonly #barred: ReadonlySet<StageId>;
  readonly #model: CostModel;
  readonly #newId: NewStageId;
  #graph: StageGraph;

  constructor(graph: StageGraph, options: ChooseOptions, barred: ReadonlySet<StageId>) {
    this.#given = graph;
    this.#graph = graph;
    this.#options = options;
    this.#barred = barred;
    this.#model = costModel(options.functions);
    this.#newId = options.newId ?? idsAfter(graph);
  }

  choose(): StageGraph {
    for (const { id } of this.#given.stages) {
      const producer = stageOf(this.#graph, id);
      const readers = readersOf(this.#graph, id);
      if (readers.length === 0 || this.#options.begun?.(id) || hasLevels(this.#graph, producer)) continue;
      this.#take(id, this.#best(this.#exchange(producer, readers)));
    }
    return this.#graph;
  }

  #exchange(producer: Stage, readers: readonly Stage[]): Exchange {
    const routes = readers.flatMap(({ inputs }) => inputs.filter(({ stage }) => stage === producer.id));
    const [first] = routes;
    const isPlain =
      routes.every(({ route }) => route.kind === 'partitions') && !readers.some(({ tasks }) => tasks.some(isDivided));
    const route = isPlain && first?.route.kind === 'partitions' ? first.route : null;
    return { producer, readers, route, bytes: this.#bytes(producer) };
  }

  #bytes(stage: Stage): number {
    return this.#options.bytes?.get(stage.id) ?? outputBytes(this.#graph, stage);
  }

  #best(exchange: Exchange): Candidate {
    const { producer } = exchange;
    const candidates = this.#candidates(exchange);
    const stageMs = this.#stageMs(producer);
    const stageDollars = functionDollars(this.#model, stageMs * producer.tasks.length);
    const score = ({ cost }: Candidate): number => {
      const dollars = cost.dollars + cost.functions;
      const { optimize } = this.#options.choices;
      switch (optimize) {
        case 'cost':
          return dollars;
        case 'latency':
          return cost.ms;
        case 'balanced':
          return (stageMs + cost.ms) * (stageDollars + dollars);
        default:
          return assertNever(optimize);
      }
    };
    return candidates.reduce((best, one) => (score(one) < score(best) ? one : best));
  }

  /** ms of a stage's tasks, those that have to wait for a function included. */
  #stageMs(stage: Stage): number {
    const read = stage.inputs.reduce((sum, input) => {
      const writer = stageOf(this.#graph, input.stage);
      return sum + hopOf(writer, stage, input, this.#bytes(writer), false).readBytes;
    }, 0);
    return taskMs(this.#model, stage, read) * wavesOf(this.#model, stage.tasks.length);
  }

  /** At least one. */
  #candidates(exchange: Exchange): readonly Candidate[] {
    const { functions, choices } = this.#options;
    const isForcedDirect = choices.exchange === 'direct' && this.#isLinkable(exchange);
    if (isForcedDirect) return this.#forcedDirect(exchange);
    const mostInputs = exchange.readers.reduce((most, { inputs }) => Math.max(most, inputs.length), 1);
    const isSmall = exchange.bytes <= (INLINE_MARGIN * inlineBytes(functions)) / mostInputs;
    const isInline = choices.exchange === 'auto' && isSmall;
    if (isInline) return [this.#candidate(exchange, { medium: 'inline' }, choices.levels ?? 1)];
    const levels = this.#levels(exchange);
    const throughObjects = levels.flatMap((count) =>
      CODECS.map((compression) => this.#candidate(exchange, { medium: 'objects', compression }, count)),
    );
    const isOpen = choices.exchange === 'auto' && functions.links && !this.#barred.has(exchange.producer.id);
    if (!isOpen || !this.#isLinkable(exchange)) return throughObjects;
    return [...throughObjects, ...this.#direct(exchange).filter(({ misfit }) => misfit === null)];
  }

  #levels({ producer, route }: Exchange): readonly Levels[] {
    const { levels } = this.#options.choices;
    if (levels !== null) return [levels as Levels];
    if (!route || producer.tasks.length * route.to.prefix < FEW_PAIRS) return [1];
    return [1, 2, 3];
  }

  #candidate({ producer, readers, route, bytes }: Exchange, way: ExchangeWay, levels: number): Candidate {
    const most = route && producer.output.kind === 'hash' ? mostLevels(route.to.prefix) : 1;
    const count = Math.min(levels, most) as Levels;
    if (route && count > 1) {
      const shapes = levelShapes(producer.tasks.length, route.to.prefix, count);
      const more = readers.slice(1).map(() => partitionedCost(this.#model, shapes.slice(-2), bytes, way));
      return { way, shapes, cost: sumCosts([partitionedCost(this.#model, shapes, bytes, way), ...more]) };
    }
    const costs = readers.map((reader, i) => {
      const input = reader.inputs.find(({ stage }) => stage === producer.id) as StageInput;
      return hopCost(this.#model, hopOf(producer, reader, input, bytes, i === 0), way);
    });
    return { way, shapes: null, cost: sumCosts(costs) };
  }

  /** Rows can only be sent to the tasks of one stage, which are not needed elsewhere before they end, and nobody waits for their end. */
  #isLinkable({ producer, readers, route }: Exchange): boolean {
    const isAwaited = this.#graph.stages.some(({ after }) => after.includes(producer.id));
    const [reader, another] = readers;
    if (route === null || producer.output.kind === 'range' || !reader || another || isAwaited) return false;
    return reader.after.length === 0 && isReadOnce(reader.plan, producer.id);
  }

  #forcedDirect(exchange: Exchange): readonly Candidate[] {
    if (!this.#options.functions.links) {
      throw new ResourceError('SQ4013', 'exchange direct needs functions that can be connected, and here they cannot', {
        hint: 'use the target local or aws, or exchange auto or objects',
      });
    }
    const direct = this.#direct(exchange);
    const fitting = direct.filter(({ misfit }) => misfit === null);
    if (fitting.length > 0) return fitting;
    throw (direct[0] as LinkedCandidate).misfit;
  }

  /** The ways over links, with what does not fit. */
  #direct(exchange: Exchange): readonly LinkedCandidate[] {
    const waitingMs = this.#waitingMs(exchange.producer);
    return this.#levels(exchange).map((count) => {
      const one = this.#candidate(exchange, { medium: 'direct', waitingMs }, count);
      return { ...one, misfit: this.#misfit(exchange, one.shapes) };
    });
  }

  /** From the start of a gang to the last row of one of its stages. */
  #waitingMs(stage: Stage): number {
    const before = stage.inputs.map((input) => stageOf(this.#graph, input.stage));
    const linked = before.filter(({ exchange }) => exchange.medium === 'direct');
    return this.#stageMs(stage) + Math.max(0, ...linked.map((one) => this.#waitingMs(one)));
  }

  #misfit({ producer, readers, route }: Exchange, shapes: readonly LevelShape[] | null): ResourceError | null {
    const reader = readers[0] as Stage;
    const { concurrency } = this.#options.functions;
    const all = shapes ?? (route ? [route.from, route.to] : []);
    const between = all.slice(1, -1).reduce((sum, shape) => sum + tasksOf(shape), 0);
    const members = new Set([producer.id, reader.id]);
    for (const { stages } of gangsOf(this.#graph)) {
      if (stages.some((stage) => members.has(stage))) for (const stage of stages) members.add(stage);
    }
    const tasks = [...members].reduce((sum, id) => sum + stageOf(this.#graph, id).tasks.length, between);
    if (tasks > concurrency) {
      return new ResourceError(
        'SQ4012',
        `exchange direct would link ${tasks} functions that run at the same time, and only ${concurrency} may`,
        { hint: 'use fewer workers or partitions, more concurrency, or exchange auto or objects' },
      );
    }
    const links = mostLinks(all);
    if (links <= MAX_LINKS) return null;
    return new ResourceError('SQ4014', `exchange direct would need ${links} links of one function, not ${MAX_LINKS}`, {
      hint: 'leave levels open, use fewer workers or partitions, or exchange auto or objects',
    });
  }

  #take(id: StageId, { way, shapes }: Candidate): void {
    const { medium } = way;
    const { compression } = this.#options.choices;
    const own = way.medium === 'objects' ? way.compression : null;
    const forced = compression === 'auto' ? own : compression === 'none' ? null : compression;
    const codec = medium === 'direct' ? null : forced;
    const choice = { medium, compression: codec };
    if (shapes) this.#graph = withLevels(this.#graph, id, shapes, choice, this.#newId);
    else {
      const stages = this.#graph.stages.map((stage) => (stage.id === id ? { ...stage, exchange: choice } : stage));
      this.#graph = { stages };
    }
  }
}

const hasLevels = (graph: StageGraph, stage: Stage): boolean => {
  const { output } = stage;
  return output.kind === 'hash' && (output.partitions !== output.of || isBetween(graph, stage));
};

/** Rows that come over links come once. */
function isReadOnce(plan: PhysicalPlan, source: StageId): boolean {
  const readings = (node: PhysicalPlan): number => {
    if (node.kind === 'exchangeSource') return node.stage === source ? 1 : 0;
    const below = children(node).reduce((sum, input) => sum + readings(input), 0);
    return node.kind === 'recursive' ? 2 * below : below;
  };
  return readings(plan) === 1;
}

/** Of the task that has most: those it sends over and those it receives over. */
function mostLinks(shapes: readonly LevelShape[]): number {
  const gets = shapes.slice(1).map(({ prefix }, i) => (shapes[i] as LevelShape).groups * prefix);
  return shapes.reduce((most, shape, i) => {
    const own = Math.ceil(((gets[i - 1] ?? 0) + (gets[i] ?? 0)) / tasksOf(shape));
    return Math.max(most, own);
  }, 0);
}
