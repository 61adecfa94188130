import type { Exchange } from '../exchange.ts';
import { type ChecksumAlgorithm, startChecksum } from '../payload/checksum.ts';
import type { S3Request } from '../request/s3-request.ts';
import { S3Error } from '../s3-error.ts';
import type { StoredChecksum } from '../store/object-record.ts';
import type { StagedFile } from '../store/staged-file.ts';
import type { PartRecord, Upload, UploadRecord } from '../store/upload-files.ts';
import { requestedAlgorithm } from './copy-object.ts';

type ChecksumType = StoredChecksum['type'];

/** The kinds of checksum an object of several parts can have; the first is the default. */
const TYPES: Readonly<Record<ChecksumAlgorithm, readonly ChecksumType[]>> = {
  crc32: ['COMPOSITE', 'FULL_OBJECT'],
  crc32c: ['COMPOSITE', 'FULL_OBJECT'],
  crc64nvme: ['FULL_OBJECT'],
  md5: ['COMPOSITE'],
  sha1: ['COMPOSITE'],
  sha256: ['COMPOSITE'],
  sha512: ['COMPOSITE'],
};

/** The checksum that CreateMultipartUpload asks for. */
export function requestedChecksum(request: S3Request): UploadRecord['checksum'] {
  const algorithm = requestedAlgorithm(request);
  const type = request.header('x-amz-checksum-type');
  if (!algorithm) {
    if (type === undefined) return undefined;
    throw new S3Error(
      'InvalidRequest',
      'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
    );
  }
  const found = type === undefined ? TYPES[algorithm][0] : TYPES[algorithm].find((one) => one === type);
  if (found) return { algorithm, type: found };
  throw new S3Error(
    'InvalidRequest',
    `The ${type} checksum type cannot be used with the ${algorithm} checksum algorithm.`,
  );
}

/** The checksums of one part, computed in one pass. */
export class PartSums {
  readonly #algorithm: ChecksumAlgorithm | undefined;
  readonly #md5 = startChecksum('md5');
  readonly #checksum;

  constructor({ checksum }: Pick<Upload, 'checksum'>) {
    this.#algorithm = checksum?.algorithm;
    this.#checksum = checksum && startChecksum(checksum.algorithm);
  }

  update(bytes: Uint8Array): void {
    this.#md5.update(bytes);
    this.#checksum?.update(bytes);
  }

  digest(): Pick<PartRecord, 'etag' | 'checksum'> {
    const value = this.#checksum?.digest();
    return {
      etag: this.#md5.digest().toString('hex'),
      checksum: this.#algorithm && value && { algorithm: this.#algorithm, value },
    };
  }
}

/** Publishes a part. Throws InvalidRequest when its checksum is not the kind its upload was created with. */
export async function keepPart(
  { uploads, now }: Exchange,
  upload: Upload,
  staged: StagedFile,
  part: Pick<PartRecord, 'number' | 'etag' | 'checksum'>,
): Promise<void> {
  const [expected, actual] = [upload.checksum?.algorithm, part.checksum?.algorithm];
  if (expected !== undefined && expected !== actual) {
    throw new S3Error(
      'InvalidRequest',
      `Checksum Type mismatch occurred, expected checksum Type: ${expected}, actual checksum Type: ${actual ?? 'null'}`,
    );
  }
  await uploads.keepPart(upload, staged, part, now());
}

/** The checksum of the checksums of the parts. */
export function compositeChecksum(algorithm: ChecksumAlgorithm, values: readonly Buffer[]): StoredChecksum {
  const sum = startChecksum(algorithm);
  for (const value of values) sum.update(value);
  return { algorithm, value: `${sum.digest().toString('base64')}-${values.length}`, type: 'COMPOSITE' };
}
