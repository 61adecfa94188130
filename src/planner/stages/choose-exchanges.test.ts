import { describe, expect, it } from 'vitest';
import { column, ref } from '../../../test/oracle/expr-builder.ts';
import { EXCHANGE_OPTIONS, type ExchangeOptions } from '../../common/config.ts';
import { SquallError } from '../../common/errors.ts';
import { stageId } from '../../common/ids.ts';
import { BIGINT } from '../../common/types.ts';
import { type FunctionsOffered, inlineBytes, LAMBDA_OFFER } from '../functions-offered.ts';
import { type ChooseOptions, chooseExchanges } from './choose-exchanges.ts';
import { gangsOf } from './gangs.ts';
import { levelOf } from './levels.ts';
import { predict } from './predict.ts';
import { oneLevel } from './routes.ts';
import type { Stage, StageGraph, StageInput, StageOutput } from './stage-graph.ts';

const MB = 1e6;
const GB = 1e9;
const key = column(1, 'k', BIGINT);
/** Of `key` and what the row says of itself. */
const ROW = 9;

interface Shape {
  readonly tasks: number;
  readonly bytes: number;
  /** Scanned by the stage, bytes. */
  readonly scan?: number;
  readonly inputs?: readonly number[];
  readonly partitions?: number;
}

function graphOf(...shapes: readonly Shape[]): StageGraph {
  const stages: Stage[] = [];
  for (const [id, { tasks, bytes, scan = 0, inputs = [], partitions }] of shapes.entries()) {
    const output: StageOutput =
      partitions === undefined
        ? { kind: 'whole' }
        : { kind: 'hash', keys: [ref(key)], of: partitions, divisor: 1, partitions };
    const ranges = [{ offset: 0, length: scan / tasks }];
    stages.push({
      id: stageId(id),
      plan: {
        kind: 'setOperation',
        operation: 'union',
        all: true,
        inputs: inputs.map((stage) => ({ kind: 'exchangeSource', stage: stageId(stage), columns: [key] })),
        columns: [key],
      },
      inputs: inputs.map((input): StageInput => {
        const from = stages[input] as Stage;
        return {
          stage: from.id,
          route: from.output.kind === 'hash' ? oneLevel(from.tasks.length, from.output.of) : { kind: 'all' },
        };
      }),
      output,
      exchange: { medium: 'inline', compression: null },
      after: [],
      tasks: Array.from({ length: tasks }, () => ({
        scans: scan === 0 ? {} : { 0: [{ uri: '', etag: '', fileSize: 0, rowGroup: 0, rows: 1, chunks: [], ranges }] },
      })),
      scans: [],
      estimatedRows: [bytes / ROW],
      enough: null,
    });
  }
  return { stages };
}

/** Tasks that scan, and as many that read by partition. */
const shuffle = (tasks: number, bytes: number, scan = bytes): StageGraph =>
  graphOf({ tasks, bytes, scan, partitions: tasks }, { tasks, bytes: 0, inputs: [0] });

const LINKED: FunctionsOffered = { ...LAMBDA_OFFER, links: true };

function choose(
  graph: StageGraph,
  choices: Partial<ExchangeOptions> = {},
  functions: FunctionsOffered = LAMBDA_OFFER,
  more: Partial<ChooseOptions> = {},
): StageGraph {
  return chooseExchanges(graph, { functions, choices: { ...EXCHANGE_OPTIONS, ...choices }, ...more });
}

/** `objects 2`: medium and levels of the exchange behind stage 0. */
function wayOf(graph: StageGraph): string {
  const [first] = graph.stages as [Stage];
  return `${first.exchange.medium} ${levelOf(graph, first).levels}`;
}

describe('an exchange', () => {
  it('is inline while the estimate may fit messages, else objects', () => {
    const most = 4 * inlineBytes(LAMBDA_OFFER);
    expect([MB, most, most + ROW, GB].map((bytes) => wayOf(choose(shuffle(8, bytes))))).toEqual([
      'inline 1',
      'inline 1',
      'objects 1',
      'objects 1',
    ]);
    const two = graphOf(
      { tasks: 8, bytes: most, scan: GB, partitions: 8 },
      { tasks: 8, bytes: MB, scan: GB, partitions: 8 },
      { tasks: 8, bytes: 0, inputs: [0, 1] },
    );
    // The messages of the reader hold both.
    expect(choose(two).stages.map(({ exchange }) => exchange.medium)).toEqual(['objects', 'inline', 'inline']);
  });

  it('has more levels the more tasks there are', () => {
    const levels = [16, 64, 256, 1_024, 4_096].map((tasks) =>
      wayOf(choose(shuffle(tasks, 200 * MB), { optimize: 'cost', compression: 'none' })),
    );
    expect(levels).toEqual(['objects 1', 'objects 2', 'objects 3', 'objects 3', 'objects 3']);
  });

  it('is for latency one of one level until the store would answer too slowly', () => {
    const levels = [16, 64, 128, 256, 512].map((tasks) =>
      wayOf(choose(shuffle(tasks, tasks * 100 * MB), { optimize: 'latency' })),
    );
    expect(levels).toEqual(['objects 1', 'objects 1', 'objects 2', 'objects 3', 'objects 3']);
  });

  it('goes over links when that is best, where functions can be connected', () => {
    const ways = (optimize: ExchangeOptions['optimize']) =>
      [4, 64, 256].map((tasks) => wayOf(choose(shuffle(tasks, tasks * 100 * MB), { optimize }, LINKED)));
    expect(ways('latency')).toEqual(['objects 1', 'direct 1', 'direct 1']);
    // Functions that wait for others cost more than some objects, and less than many.
    expect(ways('cost').map((way) => way.split(' ')[0])).toEqual(['objects', 'direct', 'direct']);
    expect(wayOf(choose(shuffle(64, 64 * 100 * MB), { optimize: 'latency' }, LAMBDA_OFFER))).toBe('objects 1');
  });

  it('is chosen by the prices of S3 Express where exchanges go there', () => {
    const express: FunctionsOffered = { ...LAMBDA_OFFER, store: 'express' };
    const graph = shuffle(256, 200 * MB);
    const choices = { optimize: 'cost', compression: 'none' } as const;
    expect([wayOf(choose(graph, choices)), wayOf(choose(graph, choices, express))]).toEqual(['objects 3', 'objects 2']);
    const [edge] = predict(choose(graph, { ...choices, levels: 1 }, express), [], express).edges;
    // 256 PUT, 65,536 GET, 0.2 GB in and out.
    expect(edge?.dollars).toBeCloseTo(256 * 1.13e-6 + 65_536 * 0.03e-6 + 0.2 * (0.0032 + 0.0006), 12);
  });

  it('is packed when that is less work than the bytes it saves', () => {
    const codecs = (optimize: ExchangeOptions['optimize']) =>
      choose(shuffle(8, 40 * GB), { optimize }).stages[0]?.exchange.compression;
    expect([codecs('latency'), codecs('cost')]).toEqual(['lz4', 'lz4']);
    expect(choose(shuffle(8, 400 * MB), { optimize: 'cost' }).stages[0]?.exchange.compression).toBeNull();
  });
});

describe('what is forced', () => {
  const LARGE = shuffle(64, 6 * GB);
  const exchanges = (graph: StageGraph) => graph.stages.map(({ exchange }) => exchange);

  it('is taken, and nothing else is changed', () => {
    const small = shuffle(8, MB);
    const inline = exchanges(choose(small));
    expect(exchanges(choose(small, { compression: 'zstd' }))).toEqual([
      { medium: 'inline', compression: 'zstd' },
      inline[1],
    ]);
    expect(exchanges(choose(small, { exchange: 'objects', compression: 'none' }))).toEqual([
      { medium: 'objects', compression: null },
      inline[1],
    ]);
    expect(choose(small, { exchange: 'objects' }).stages.map(({ tasks }) => tasks.length)).toEqual([8, 8]);
    expect(exchanges(choose(small, { exchange: 'direct' }, LINKED))).toEqual([
      { medium: 'direct', compression: null },
      inline[1],
    ]);
    const levelled = choose(small, { levels: 3 });
    expect([wayOf(levelled), levelled.stages.length]).toEqual(['inline 3', 4]);
    const auto = choose(LARGE, {}, LAMBDA_OFFER);
    for (const compression of ['lz4', 'zstd'] as const) {
      const packed = choose(LARGE, { compression });
      expect(packed.stages.map(({ tasks }) => tasks.length)).toEqual(auto.stages.map(({ tasks }) => tasks.length));
      expect(packed.stages[0]?.exchange).toEqual({ medium: 'objects', compression });
    }
  });

  it('has no more levels than decide something', () => {
    const levels = [1, 2, 3, 4, 5].map((partitions) => {
      const graph = graphOf({ tasks: 9, bytes: GB, partitions }, { tasks: partitions, bytes: 0, inputs: [0] });
      return wayOf(choose(graph, { levels: 3 }));
    });
    expect(levels).toEqual(['objects 1', 'objects 1', 'objects 2', 'objects 2', 'objects 3']);
  });

  it('leaves what is read whole out of levels and links', () => {
    const gather = graphOf({ tasks: 64, bytes: GB }, { tasks: 1, bytes: 0, inputs: [0] });
    expect(wayOf(choose(gather, { levels: 3 }))).toBe('objects 1');
    expect(wayOf(choose(gather, { exchange: 'direct' }, LINKED))).toBe('objects 1');
  });

  const refusal = (work: () => unknown): string => {
    try {
      work();
    } catch (error) {
      if (error instanceof SquallError) return `${error.code} ${error.message} | ${error.hint}`;
      throw error;
    }
    return 'no error';
  };

  it('is refused where it cannot be', () => {
    expect(refusal(() => choose(LARGE, { exchange: 'direct' }))).toBe(
      'SQ4013 exchange direct needs functions that can be connected, and here they cannot | use the target local or aws, or exchange auto or objects',
    );
    expect(refusal(() => choose(LARGE, { exchange: 'direct' }, { ...LINKED, concurrency: 127 }))).toBe(
      'SQ4012 exchange direct would link 128 functions that run at the same time, and only 127 may | use fewer workers or partitions, more concurrency, or exchange auto or objects',
    );
    expect(
      refusal(() => choose(shuffle(300, GB), { exchange: 'direct', levels: 1 }, { ...LINKED, concurrency: 9_000 })),
    ).toBe(
      'SQ4014 exchange direct would need 300 links of one function, not 256 | leave levels open, use fewer workers or partitions, or exchange auto or objects',
    );
    expect(refusal(() => choose(LARGE, { exchange: 'direct' }, { ...LINKED, concurrency: 128 }))).toBe('no error');
  });
});

describe('a gang', () => {
  const latency = { optimize: 'latency' } as const;
  /** Two scans that are joined, and the join's rows aggregated. */
  const chain = graphOf(
    { tasks: 10, bytes: 3 * GB, scan: 3 * GB, partitions: 20 },
    { tasks: 12, bytes: 3 * GB, scan: 3 * GB, partitions: 20 },
    { tasks: 20, bytes: 3 * GB, inputs: [0, 1], partitions: 8 },
    { tasks: 8, bytes: MB, inputs: [2] },
    { tasks: 1, bytes: 0, inputs: [3] },
  );

  it('is all that is connected, as long as it runs at once', () => {
    expect(gangsOf(choose(chain, latency, LINKED))).toEqual([{ stages: [0, 1, 2, 3] }]);
    const gangs = gangsOf(choose(chain, latency, { ...LINKED, concurrency: 49 }));
    // The join with its two inputs fits, the aggregation beside it does not.
    expect(gangs).toEqual([{ stages: [0, 1, 2] }]);
    expect(gangsOf(choose(chain, latency, { ...LINKED, concurrency: 20 }))).toEqual([]);
  });

  it('does not read other partitions through objects: it would wait for them', () => {
    const { stages } = choose(chain, latency, { ...LINKED, concurrency: 35 });
    expect(stages.map(({ exchange }) => exchange.medium)).toEqual(['objects', 'objects', 'direct', 'inline', 'inline']);
  });

  it('has no stage that several read, or for whose end another one waits', () => {
    const [scan, reader] = shuffle(16, 3 * GB).stages as [Stage, Stage];
    const other: Stage = { ...reader, id: stageId(2) };
    const media = (...stages: readonly Stage[]) =>
      choose({ stages }, { exchange: 'direct' }, LINKED).stages.map(({ exchange }) => exchange.medium)[0];
    expect(media(scan, reader)).toBe('direct');
    expect(media(scan, reader, other)).toBe('objects');
    expect(media(scan, { ...reader, inputs: [], id: stageId(5), after: [scan.id] }, reader)).toBe('objects');
    expect(media(scan, { ...reader, after: [stageId(7)] })).toBe('objects');
  });
});

describe('chosen again', () => {
  const forced = { exchange: 'objects', levels: 2 } as const;

  it('an exchange that has begun, or has levels, stays', () => {
    const once = choose(shuffle(16, GB), forced);
    expect(choose(once, { exchange: 'objects', levels: 3 })).toEqual(once);
    const graph = shuffle(16, GB);
    expect(choose(graph, forced, LAMBDA_OFFER, { begun: (id) => id === 0 })).toEqual(graph);
  });

  it('ids are those that are given', () => {
    const newId = (producer: number, level: number) => stageId(100 * (producer + 1) + level);
    const { stages } = choose(shuffle(16, GB), { exchange: 'objects', levels: 3 }, LAMBDA_OFFER, { newId });
    expect(stages.map(({ id }) => id)).toEqual([0, 101, 102, 1]);
  });

  it('measured bytes count more than estimates', () => {
    const graph = shuffle(16, GB);
    expect(wayOf(choose(graph))).toBe('objects 1');
    expect(wayOf(choose(graph, {}, LAMBDA_OFFER, { bytes: new Map([[stageId(0), MB]]) }))).toBe('inline 1');
  });

  it('has no levels where a reader takes several partitions, or all', () => {
    const [scan, reader] = shuffle(16, GB).stages as [Stage, Stage];
    const merged: Stage = {
      ...reader,
      tasks: [0, 1].map((task) => ({ scans: {}, partitions: { from: 8 * task, to: 8 * task + 8 } })),
    };
    const stages = choose({ stages: [scan, merged] }, forced).stages;
    expect(stages.map(({ id, exchange }) => [id, exchange.medium])).toEqual([
      [0, 'objects'],
      [1, 'inline'],
    ]);
    expect(predict({ stages }, []).exchanges).toMatchObject({ PUT: 16, GET: 32 });
    const whole: Stage = { ...reader, inputs: [{ stage: scan.id, route: { kind: 'all' } }], tasks: [{ scans: {} }] };
    expect(predict(choose({ stages: [scan, whole] }, forced), []).exchanges).toMatchObject({ PUT: 16, GET: 16 });
  });
});
