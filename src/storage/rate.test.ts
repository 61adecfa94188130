import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../test/storage/virtual-clock.ts';
import { CancelledError } from '../common/errors.ts';
import { AdaptiveRate } from './rate.ts';

const options = { maxRate: 100, minRate: 1, keep: 0.5, recoverySeconds: 5, burstSeconds: 0.1 };

describe('AdaptiveRate', () => {
  it('lets a burst through at once and the rest at its rate', async () => {
    const clock = new VirtualClock();
    const rate = new AdaptiveRate(clock, options);
    const times = await Promise.all(Array.from({ length: 110 }, async () => (await rate.acquire(undefined)).at));
    expect(times.filter((at) => at === 0)).toHaveLength(10);
    expect(times.at(-1)).toBe(1_000);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it('halves the rate requests went at, and comes back', async () => {
    const clock = new VirtualClock();
    const rate = new AdaptiveRate(clock, options);
    const tokens = await Promise.all(Array.from({ length: 40 }, () => rate.acquire(undefined)));
    rate.slowDown(tokens[39] as { at: number });
    expect(rate.rate).toBe(20);
    await clock.sleep(5_000);
    expect(rate.rate).toBe(40);
    await clock.sleep(5_000);
    expect(rate.rate).toBe(60);
    await clock.sleep(5_000);
    expect(rate.rate).toBe(100);
  });

  it('takes many answers to one congestion as one', async () => {
    const clock = new VirtualClock();
    const rate = new AdaptiveRate(clock, options);
    const tokens = await Promise.all(Array.from({ length: 8 }, () => rate.acquire(undefined)));
    for (const token of tokens) rate.slowDown(token);
    expect(rate.rate).toBe(4);
    const later = await rate.acquire(undefined);
    expect(later.at).toBeGreaterThan(0);
    rate.slowDown(later);
    expect(rate.rate).toBeLessThan(4);
  });

  it('never stops', async () => {
    const clock = new VirtualClock();
    const rate = new AdaptiveRate(clock, options);
    for (let i = 0; i < 20; i++) rate.slowDown(await rate.acquire(undefined));
    expect(rate.rate).toBe(1);
  });

  it('forgets a waiter that was cancelled, and goes on with the next', async () => {
    const clock = new VirtualClock();
    const rate = new AdaptiveRate(clock, { ...options, maxRate: 10 });
    await rate.acquire(undefined);
    const controller = new AbortController();
    const waiters = [rate.acquire(undefined), rate.acquire(controller.signal), rate.acquire(undefined)];
    controller.abort();
    const [first, second, third] = await Promise.allSettled(waiters);
    expect(first).toEqual({ status: 'fulfilled', value: { at: 100 } });
    expect(second?.status === 'rejected' && second.reason).toBeInstanceOf(CancelledError);
    expect(third).toEqual({ status: 'fulfilled', value: { at: 200 } });
  });
});
