import { seededRandom } from '../../../../common/clock.ts';
import type { RequestClass } from '../../../../storage/object-store.ts';

/** Milliseconds: always the same, or log-normal with this median and 99th percentile. */
export type Latency = number | { readonly p50: number; readonly p99: number };

/** How long requests of each class wait before they are served. */
export type LatencyOptions = Readonly<Partial<Record<RequestClass, Latency>>> & { readonly seed?: number };

/** Standard deviations between the median and the 99th percentile of a normal distribution. */
const Z99 = 2.3263478740408408;

/** Draws the latency of each request; the same seed draws the same sequence. */
export function latencies(options: LatencyOptions): (requestClass: RequestClass) => number {
  const random = seededRandom(options.seed ?? 0);
  return (requestClass) => {
    const latency = options[requestClass] ?? 0;
    if (typeof latency === 'number') return latency;
    const sigma = Math.log(latency.p99 / latency.p50) / Z99;
    // Box-Muller.
    const normal = Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
    return latency.p50 * Math.exp(sigma * normal);
  };
}
