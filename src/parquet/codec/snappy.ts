import { kernelCodec } from './kernel-codec.ts';

/** Raw Snappy, without the framing format. */
export const snappy = kernelCodec('Snappy', 'snappy');
