import { expect, it } from 'vitest';
import { chain, METRICS } from '../../test/driver/fake-cloud.ts';
import { InvokeError } from '../common/errors.ts';
import { stageId } from '../common/ids.ts';
import { US_EAST_1 } from '../common/prices.ts';
import type { TaskMetrics } from '../operators/task.ts';
import type { StageGraph } from '../planner/stages/stage-graph.ts';
import { edgeRuns, linkTraffic } from './edge-runs.ts';
import type { AttemptEvent } from './schedule/schedule-options.ts';

const PRICES = { prices: US_EAST_1, store: 'standard' } as const;
const LOST = new InvokeError('SQ6004', 'a function died');

const attempt = (stage: number, metrics: Partial<TaskMetrics> | null, more: Partial<AttemptEvent> = {}) => ({
  stage: stageId(stage),
  task: 0,
  attempt: 0,
  startedAt: 0,
  endedAt: 1,
  metrics: metrics && { ...METRICS, ...metrics },
  error: null,
  retried: false,
  throttles: 0,
  ...more,
});

const wrote = (requests: number, bytes: number, rowsOut = 1) => ({ output: { requests, bytes }, rowsOut });
const read = (stage: number, requests: number, bytes: number) => ({ inputs: { [stage]: { requests, bytes } } });

it('an edge counts what all attempts wrote and read, also those that were lost', () => {
  const attempts = [
    attempt(0, wrote(1, 100)),
    attempt(0, wrote(1, 90), { error: LOST, retried: true }),
    attempt(0, null, { error: LOST, retried: true }),
    attempt(1, read(0, 2, 95)),
    attempt(1, read(0, 1, 5), { error: LOST, retried: true }),
  ];
  expect(edgeRuns(chain(2, 1), attempts, PRICES)).toEqual([
    {
      from: 0,
      to: 1,
      media: ['objects'],
      put: 2,
      get: 3,
      written: 190,
      read: 100,
      dollars: 2 * US_EAST_1.request.PUT + 3 * US_EAST_1.request.GET,
    },
  ]);
});

it('writing is told at the first reader', () => {
  const [first, ...rest] = chain(1, 1).stages;
  const second = { ...rest[0]!, id: stageId(2) };
  const graph: StageGraph = { stages: [first!, ...rest, second] };
  const attempts = [attempt(0, wrote(1, 10)), attempt(1, read(0, 1, 10)), attempt(2, read(0, 1, 10))];
  expect(edgeRuns(graph, attempts, PRICES).map(({ to, put, get }) => [to, put, get])).toEqual([
    [1, 1, 1],
    [2, 0, 1],
  ]);
});

it('says every way that outputs with rows travelled, in one order', () => {
  const media = (medium: 'inline' | 'direct', ...metrics: readonly Partial<TaskMetrics>[]) => {
    const graph = chain(3, 1);
    const stages = graph.stages.map((stage) => ({ ...stage, exchange: { medium, compression: null } }));
    const attempts = metrics.map((one) => attempt(0, one));
    return edgeRuns({ stages }, attempts, PRICES).map((edge) => edge.media);
  };
  expect(media('inline', wrote(1, 10), wrote(0, 0), wrote(0, 0, 0))).toEqual([['inline', 'objects']]);
  expect(media('inline', wrote(0, 0, 0))).toEqual([[]]);
  const links = { connected: 1, fellBack: [], descriptorsPeak: 3 };
  expect(media('direct', { ...wrote(0, 10), links })).toEqual([['direct']]);
  expect(media('direct', { ...wrote(1, 10), links: { ...links, fellBack: ['a'] } })).toEqual([['objects', 'direct']]);
});

it('bytes over links are no traffic of a store', () => {
  const stages = chain(1, 1).stages.map((stage) => ({
    ...stage,
    exchange: { medium: 'direct' as const, compression: null },
  }));
  const links = { connected: 1, fellBack: [], descriptorsPeak: 3 };
  const attempts = [attempt(0, { ...wrote(0, 1e9), links }), attempt(1, read(0, 0, 1e9))];
  const [edge] = edgeRuns({ stages }, attempts, { ...PRICES, store: 'express' });
  expect(edge).toMatchObject({ written: 1e9, read: 1e9, dollars: 0 });
});

it('links of all tasks that won are summed, pairs named once', () => {
  const links = (connected: number, fellBack: readonly string[], descriptorsPeak: number) => ({
    links: { connected, fellBack, descriptorsPeak },
  });
  expect(linkTraffic([attempt(0, {})])).toBe(null);
  expect(
    linkTraffic([
      attempt(0, links(2, ['a -> b'], 5)),
      attempt(1, links(3, ['a -> b', 'c -> d'], 9)),
      attempt(1, links(100, ['x'], 100), { error: LOST }),
    ]),
  ).toEqual({ connected: 5, fellBack: ['a -> b', 'c -> d'], descriptorsPeak: 9 });
});
