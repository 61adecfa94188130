import { setMaxListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../test/storage/virtual-clock.ts';
import { CancelledError } from '../../common/errors.ts';
import { FairSlots, type Lane, type Slot } from './fair-slots.ts';
import { Ramp, type RampLimits } from './ramp.ts';

const never = new AbortController().signal;
setMaxListeners(0, never);

function setUp(limit: number, limits: RampLimits | null = null) {
  const clock = new VirtualClock();
  const ramp = new Ramp(limits, clock);
  return { clock, ramp, slots: new FairSlots({ limit, ramp, clock }) };
}

/** What is granted, in order, by name. */
function asking(log: string[]) {
  const held = new Map<string, readonly Slot[]>();
  return {
    ask: (lane: Lane, name: string, more: Partial<Parameters<Lane['acquire']>[0]> = {}) =>
      void lane.acquire({ priority: 0, signal: never, ...more }).then((slots) => {
        log.push(slots.length > 1 ? `${name}x${slots.length}` : name);
        held.set(name, slots);
      }),
    free: async (name: string) => {
      for (const slot of held.get(name) ?? []) slot.release();
      held.delete(name);
      await settle();
    },
  };
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('one query', () => {
  it('is served by priority, then in order, never more at once than the limit', async () => {
    const { slots } = setUp(2);
    const log: string[] = [];
    const { ask, free } = asking(log);
    const lane = slots.lane();
    ask(lane, 'a');
    ask(lane, 'b');
    ask(lane, 'low');
    ask(lane, 'high', { priority: 2 });
    ask(lane, 'low2');
    await settle();
    expect(log).toEqual(['a', 'b']);
    expect(slots.used).toBe(2);
    await free('b');
    await free('a');
    expect(log).toEqual(['a', 'b', 'high', 'low']);
    await free('high');
    expect(log).toEqual(['a', 'b', 'high', 'low', 'low2']);
  });

  it('is given spare slots only while nobody needs one', async () => {
    const { slots } = setUp(1);
    const log: string[] = [];
    const { ask, free } = asking(log);
    const [one, two] = [slots.lane(), slots.lane()];
    let spare = true;
    ask(one, 'a');
    ask(one, 'early', { priority: 9, spare: () => spare });
    ask(two, 'b');
    ask(two, 'c');
    await settle();
    await free('a');
    await free('b');
    expect(log).toEqual(['a', 'b', 'c']);
    await free('c');
    expect(log).toEqual(['a', 'b', 'c', 'early']);
    ask(one, 'early2', { priority: 9, spare: () => spare });
    ask(two, 'd');
    spare = false;
    await free('early');
    expect(log.at(-1)).toBe('d');
    await free('d');
    expect(log.at(-1)).toBe('early2');
    expect(one.spareNow(1)).toEqual([]);
  });

  it('gives up its place when the signal fires', async () => {
    const { slots } = setUp(1);
    const lane = slots.lane();
    const [slot] = await lane.acquire({ priority: 0, signal: never });
    const user = new AbortController();
    const gone = lane.acquire({ priority: 5, signal: user.signal });
    const next = lane.acquire({ priority: 0, signal: never });
    user.abort();
    await expect(gone).rejects.toBeInstanceOf(CancelledError);
    slot?.release();
    slot?.release();
    expect(await next).toHaveLength(1);
    expect(slots.used).toBe(1);
  });
});

describe('several queries', () => {
  it('share: who has the fewest is served first, then who was served longest ago', async () => {
    const { slots } = setUp(4);
    const log: string[] = [];
    const { ask, free } = asking(log);
    const [one, two] = [slots.lane(), slots.lane()];
    for (let i = 0; i < 8; i++) ask(one, `a${i}`);
    await settle();
    for (let i = 0; i < 4; i++) ask(two, `b${i}`);
    await settle();
    for (const name of ['a0', 'a1', 'a2', 'a3']) await free(name);
    expect(log).toEqual(['a0', 'a1', 'a2', 'a3', 'b0', 'b1', 'a4', 'a5']);
    await free('b0');
    expect([one.running, two.running]).toEqual([2, 2]);
  });

  it('of 10 queries each has its share, whatever it asks for', async () => {
    const { slots } = setUp(20);
    const lanes = Array.from({ length: 10 }, () => slots.lane());
    const held: Slot[] = [];
    lanes.forEach((lane, i) => {
      for (let n = 0; n < 30 * (i + 1); n++)
        void lane.acquire({ priority: 0, signal: never }).then((granted) => held.push(...granted));
    });
    for (let round = 0; round < 60; round++) {
      await settle();
      held.shift()?.release();
    }
    await settle();
    for (const lane of lanes) expect(lane.running).toBeGreaterThanOrEqual(1);
    expect(lanes.reduce((sum, lane) => sum + lane.running, 0)).toBe(20);
    expect(Math.max(...lanes.map((lane) => lane.running))).toBeLessThanOrEqual(3);
  });
});

describe('a gang', () => {
  it('is admitted as a whole or not at all, and nobody overtakes it', async () => {
    const { slots } = setUp(4);
    const log: string[] = [];
    const { ask, free } = asking(log);
    const [one, two] = [slots.lane(), slots.lane()];
    ask(one, 'a');
    ask(one, 'b');
    ask(two, 'gang', { least: 4 });
    ask(one, 'c');
    await settle();
    expect(log).toEqual(['a', 'b']);
    await free('a');
    expect(log).toEqual(['a', 'b']);
    await free('b');
    expect(log).toEqual(['a', 'b', 'gangx4']);
    await free('gang');
    expect(log.at(-1)).toBe('c');
  });

  it('larger than the limit is refused', async () => {
    const { slots } = setUp(4);
    await expect(slots.lane().acquire({ least: 5, priority: 0, signal: never })).rejects.toThrow('5 of 4 slots');
  });

  it('that takes as many as there are leaves others their share', async () => {
    const { slots } = setUp(8);
    const log: string[] = [];
    const { ask } = asking(log);
    const [one, two] = [slots.lane(), slots.lane()];
    const [hold] = [await one.acquire({ least: 8, priority: 0, signal: never })];
    ask(two, 'tree', { least: 2, most: 8 });
    ask(one, 'a');
    await settle();
    for (const slot of hold) slot.release();
    await settle();
    expect(log[0]).toBe('treex2');
    expect(log).toContain('a');
  });
});

describe('the ramp', () => {
  it('starts a burst, then so many a second; what is warm needs none', async () => {
    const { clock, slots, ramp } = setUp(3_000, { burst: 1_000, perSecond: 100 });
    const lane = slots.lane();
    const started: number[] = [];
    const held: Slot[] = [];
    for (let i = 0; i < 1_500; i++) {
      void lane.acquire({ priority: 0, signal: never }).then((granted) => {
        started.push(clock.monotonic());
        held.push(...granted);
      });
    }
    await settle();
    while (started.length < 1_500) await clock.sleep(10);
    expect(started.filter((at) => at === 0)).toHaveLength(1_000);
    expect(started.at(-1)).toBeGreaterThanOrEqual(5_000);
    expect(started.at(-1)).toBeLessThan(5_100);
    expect(ramp.instances).toBe(1_500);
    for (const slot of held) slot.release();
    const again = await Promise.all(held.map(() => lane.acquire({ priority: 0, signal: never })));
    expect(again).toHaveLength(1_500);
    expect(clock.monotonic()).toBeLessThan(5_200);
  });

  it('lets a gang larger than the burst start when it has grown', async () => {
    const { clock, slots } = setUp(50, { burst: 10, perSecond: 10 });
    const gang = await slots.lane().acquire({ least: 30, priority: 0, signal: never });
    expect(gang).toHaveLength(30);
    expect(clock.monotonic()).toBe(2_000);
  });

  it('forgets instances that nobody has used for long', async () => {
    const { clock, slots, ramp } = setUp(5);
    const [slot] = await slots.lane().acquire({ priority: 0, signal: never });
    await clock.sleep(10 * 60_000);
    expect(ramp.instances).toBe(1);
    slot?.release();
    await clock.sleep(4 * 60_000);
    expect(ramp.instances).toBe(1);
    await clock.sleep(60_000);
    expect(ramp.instances).toBe(0);
  });
});
