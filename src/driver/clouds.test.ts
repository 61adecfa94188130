import { describe, expect, it } from 'vitest';
import { fakeCloud, succeeded } from '../../test/driver/fake-cloud.ts';
import { CancelledError } from '../common/errors.ts';
import { stageId } from '../common/ids.ts';
import { predict } from '../planner/stages/predict.ts';
import type { Stage, StageGraph } from '../planner/stages/stage-graph.ts';
import { AUTO_INLINE_BYTES, Clouds, type StartedTarget } from './clouds.ts';

const planned = (bytes: number, stages: StageGraph = { stages: [] }) => ({
  stages,
  predicted: { ...predict({ stages: [] }, []), bytes },
});

const SMALL = planned(AUTO_INLINE_BYTES);
const LARGE = planned(AUTO_INLINE_BYTES + 1);

function setUp(target: StartedTarget | 'auto', failing: Partial<Record<StartedTarget, Error[]>> = {}) {
  const started: { target: StartedTarget; cloud: ReturnType<typeof fakeCloud> }[] = [];
  const clouds = new Clouds({
    target,
    start: async (one) => {
      await Promise.resolve();
      const error = failing[one]?.shift();
      if (error) throw error;
      const cloud = fakeCloud({ invoke: async (task) => succeeded(task) });
      started.push({ target: one, cloud });
      return cloud;
    },
  });
  return { clouds, started };
}

describe('placing', () => {
  it('takes the target that was asked for, without a note', async () => {
    for (const target of ['inline', 'local', 'aws'] as const) {
      const { clouds, started } = setUp(target);
      for (const query of [SMALL, LARGE]) expect(Object.keys(await clouds.place(query))).toEqual(['cloud']);
      expect(started.map((one) => one.target)).toEqual([target]);
    }
  });

  it('with target auto runs up to 32 MB in this process, more on embedded functions, and says so', async () => {
    const { clouds, started } = setUp('auto');
    expect((await clouds.place(SMALL)).note).toBe('small: ran in this process');
    expect((await clouds.place(LARGE)).note).toBe('ran on embedded functions');
    expect((await clouds.place(SMALL)).cloud).toBe(started[0]?.cloud);
    expect(started.map((one) => one.target)).toEqual(['inline', 'local']);
  });

  it('with target auto runs a small query on functions when they are connected', async () => {
    const { clouds } = setUp('auto');
    const stage: Stage = {
      id: stageId(0),
      plan: { kind: 'values', rows: [], columns: [] },
      inputs: [],
      output: { kind: 'roundRobin', partitions: 2 },
      exchange: { medium: 'direct', compression: null },
      after: [],
      tasks: [{ scans: {} }],
      scans: [],
      estimatedRows: [null],
      enough: null,
    };
    expect((await clouds.place(planned(1, { stages: [stage] }))).note).toBe('ran on embedded functions');
    const other: Stage = { ...stage, exchange: { medium: 'inline', compression: null } };
    expect((await clouds.place(planned(1, { stages: [other] }))).note).toBe('small: ran in this process');
  });

  it('starts a cloud once for queries that come at the same time', async () => {
    const { clouds, started } = setUp('local');
    const places = await Promise.all([clouds.place(SMALL), clouds.place(SMALL), clouds.place(LARGE)]);
    expect(new Set(places.map(({ cloud }) => cloud)).size).toBe(1);
    expect(started).toHaveLength(1);
  });

  it('tries again after a start that failed', async () => {
    const { clouds } = setUp('local', { local: [new Error('no port')] });
    await expect(clouds.place(SMALL)).rejects.toThrow('no port');
    expect((await clouds.place(SMALL)).cloud).toBeDefined();
  });
});

describe('closing', () => {
  it('closes each cloud once, and those that are still starting', async () => {
    const { clouds, started } = setUp('auto');
    await clouds.place(SMALL);
    const starting = clouds.place(LARGE);
    await clouds.close();
    await starting;
    expect(started.map(({ cloud }) => cloud.closed.count)).toEqual([1, 1]);
  });

  it('neither throws nor leaves others open because one could not start', async () => {
    const { clouds, started } = setUp('auto', { local: [new Error('no port')] });
    await clouds.place(SMALL);
    const failing = clouds.place(LARGE);
    await Promise.all([clouds.close(), expect(failing).rejects.toThrow('no port')]);
    expect(started.map(({ cloud }) => cloud.closed.count)).toEqual([1]);
  });

  it('closes the others when one cannot be closed, and says so', async () => {
    const { clouds, started } = setUp('auto');
    const { cloud } = await clouds.place(SMALL);
    await clouds.place(LARGE);
    Object.assign(cloud, { close: () => Promise.reject(new Error('will not stop')) });
    await expect(clouds.close()).rejects.toThrow('will not stop');
    expect(started[1]?.cloud.closed.count).toBe(1);
  });

  it('starts nothing afterwards', async () => {
    const { clouds, started } = setUp('local');
    await clouds.close();
    await expect(clouds.place(SMALL)).rejects.toThrow(new CancelledError('SQ7001', 'the session was closed'));
    expect(started).toEqual([]);
  });
});
