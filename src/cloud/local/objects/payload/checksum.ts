import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { assertNever } from '../../../../common/errors.ts';
import { crc32c, crc64nvme } from '../../../../wasm/checksum.ts';

/** The algorithms of `x-amz-checksum-*`, as S3 spells them in headers. */
export const CHECKSUM_ALGORITHMS = ['crc32', 'crc32c', 'crc64nvme', 'md5', 'sha1', 'sha256', 'sha512'] as const;
export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number];

/** Bytes of the binary value. */
export const CHECKSUM_BYTES: Readonly<Record<ChecksumAlgorithm, number>> = {
  crc32: 4,
  crc32c: 4,
  crc64nvme: 8,
  md5: 16,
  sha1: 20,
  sha256: 32,
  sha512: 64,
};

/** The element of S3's XML documents that holds a checksum. */
export const checksumElement = (algorithm: ChecksumAlgorithm): string => `Checksum${algorithm.toUpperCase()}`;
export const checksumHeader = (algorithm: ChecksumAlgorithm): string => `x-amz-checksum-${algorithm}`;

export const isChecksumAlgorithm = (name: string): name is ChecksumAlgorithm =>
  (CHECKSUM_ALGORITHMS as readonly string[]).includes(name);

export interface RunningChecksum {
  update(bytes: Uint8Array): void;
  /** The binary value, big-endian for CRCs. Ends the computation. */
  digest(): Buffer;
}

export function startChecksum(algorithm: ChecksumAlgorithm): RunningChecksum {
  switch (algorithm) {
    case 'crc32':
      return running32((bytes, previous) => crc32(bytes, previous));
    case 'crc32c':
      return running32(crc32c);
    case 'crc64nvme':
      return running64();
    case 'md5':
    case 'sha1':
    case 'sha256':
    case 'sha512': {
      const hash = createHash(algorithm);
      return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
    }
    default:
      return assertNever(algorithm);
  }
}

function running32(step: (bytes: Uint8Array, previous: number) => number): RunningChecksum {
  let value = 0;
  return {
    update: (bytes) => {
      value = step(bytes, value);
    },
    digest: () => {
      const out = Buffer.alloc(4);
      out.writeUInt32BE(value);
      return out;
    },
  };
}

function running64(): RunningChecksum {
  let value = 0n;
  return {
    update: (bytes) => {
      value = crc64nvme(bytes, value);
    },
    digest: () => {
      const out = Buffer.alloc(8);
      out.writeBigUInt64BE(value);
      return out;
    },
  };
}
