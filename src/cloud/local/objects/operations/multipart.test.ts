import { createHash } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandInput,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failure, startTestServer, type TestServer } from '../fixtures/test-server.ts';

const Bucket = 'bucket';
const BIG = Buffer.alloc(5 << 20, 'five mebibytes ');
let test: TestServer;
/** Sends no checksums of its own. */
let plain: S3Client;

beforeAll(async () => {
  test = await startTestServer();
  plain = test.newClient({ requestChecksumCalculation: 'WHEN_REQUIRED' });
  await test.client.send(new CreateBucketCommand({ Bucket }));
});
afterAll(() => test.close());

/** An upload under way. */
class Uploading {
  readonly at: { readonly Bucket: string; readonly Key: string; readonly UploadId: string };

  private constructor(Key: string, UploadId: string) {
    this.at = { Bucket, Key, UploadId };
  }

  static async start(Key: string, more: Partial<CreateMultipartUploadCommandInput> = {}): Promise<Uploading> {
    const { UploadId } = await plain.send(new CreateMultipartUploadCommand({ Bucket, Key, ...more }));
    return new Uploading(Key, UploadId as string);
  }

  async part(PartNumber: number, Body: Buffer | string): Promise<CompletedPart> {
    const { ETag } = await plain.send(new UploadPartCommand({ ...this.at, PartNumber, Body }));
    return { PartNumber, ETag };
  }

  complete(Parts: CompletedPart[], more: Partial<CompleteMultipartUploadCommandInput> = {}) {
    const command = new CompleteMultipartUploadCommand({ ...this.at, MultipartUpload: { Parts }, ...more });
    return plain.send(command);
  }
}

const read = async (Key: string, Range?: string) => {
  const found = await test.client.send(new GetObjectCommand({ Bucket, Key, ...(Range !== undefined && { Range }) }));
  return Buffer.from(await (found.Body as NonNullable<typeof found.Body>).transformToByteArray());
};

describe('completed uploads', () => {
  it('are their parts in order, under the ETag of their ETags', async () => {
    const upload = await Uploading.start('ordered', { Metadata: { a: 'b' }, ContentType: 'text/m' });
    const last = await upload.part(9, 'last');
    const replaced = await upload.part(2, 'too small, and replaced');
    const first = await upload.part(2, BIG);
    expect(replaced.ETag).not.toBe(first.ETag);
    const { ETag } = await upload.complete([first, last]);
    const digests = [BIG, 'last'].map((body) => createHash('md5').update(body).digest());
    expect(ETag).toBe(`"${createHash('md5').update(Buffer.concat(digests)).digest('hex')}-2"`);
    expect((await read('ordered')).equals(Buffer.concat([BIG, Buffer.from('last')]))).toBe(true);
    const head = await test.client.send(new HeadObjectCommand({ Bucket, Key: 'ordered', PartNumber: 2 }));
    expect(head).toMatchObject({ ETag, Metadata: { a: 'b' }, ContentType: 'text/m', PartsCount: 2, ContentLength: 4 });
    expect(await failure(upload.complete([first, last]))).toBe('NoSuchUpload 404');
  });

  it('may copy ranges of other objects', async () => {
    await test.client.send(new PutObjectCommand({ Bucket, Key: 'source', Body: 'abcdefghij' }));
    const { at, complete } = await Uploading.start('copied').then((upload) => ({
      at: upload.at,
      complete: upload.complete.bind(upload),
    }));
    const copy = (CopySourceRange?: string, CopySource = `${Bucket}/source`) =>
      test.client.send(
        new UploadPartCopyCommand({ ...at, PartNumber: 1, CopySource, ...(CopySourceRange && { CopySourceRange }) }),
      );
    expect(await failure(copy('bytes=5-10'))).toBe('InvalidArgument 400');
    expect(await failure(copy('bytes=5-'))).toBe('InvalidArgument 400');
    expect(await failure(copy(undefined, `${Bucket}/nothing`))).toBe('NoSuchKey 404');
    const { CopyPartResult } = await copy('bytes=2-4');
    await complete([{ PartNumber: 1, ETag: CopyPartResult?.ETag }]);
    expect((await read('copied')).toString()).toBe('cde');
  });

  it('are written under conditions', async () => {
    const racers = await Promise.all(
      Array.from({ length: 8 }, async (_, i) => {
        const upload = await Uploading.start('raced');
        return { upload, parts: [await upload.part(1, `racer ${i}`)] };
      }),
    );
    const outcomes = await Promise.all(
      racers.map(({ upload, parts }) => failure(upload.complete(parts, { IfNoneMatch: '*' }))),
    );
    expect(outcomes.filter((one) => one === 'PreconditionFailed 412')).toHaveLength(7);
    expect((await read('raced')).toString()).toBe(`racer ${outcomes.indexOf('no failure')}`);
    const upload = await Uploading.start('raced');
    const parts = [await upload.part(1, 'new')];
    expect(await failure(upload.complete(parts, { IfMatch: '"other"' }))).toBe('PreconditionFailed 412');
    const { ETag } = await test.client.send(new HeadObjectCommand({ Bucket, Key: 'raced' }));
    await upload.complete(parts, { IfMatch: ETag as string });
    expect((await read('raced')).toString()).toBe('new');
  });
});

describe('refused completions', () => {
  it('leave the upload as it was', async () => {
    const upload = await Uploading.start('refused');
    const one = await upload.part(1, 'small');
    const two = await upload.part(2, 'end');
    expect(await failure(upload.complete([one, two]))).toBe('EntityTooSmall 400');
    expect(await failure(upload.complete([two, one]))).toBe('InvalidPartOrder 400');
    expect(await failure(upload.complete([one, one]))).toBe('InvalidPartOrder 400');
    expect(await failure(upload.complete([{ ...one, ETag: two.ETag as string }]))).toBe('InvalidPart 400');
    expect(await failure(upload.complete([{ ...one, PartNumber: 3 }]))).toBe('InvalidPart 400');
    expect(await failure(upload.complete([]))).toBe('MalformedXML 400');
    expect(await failure(upload.complete([two], { MpuObjectSize: 4 }))).toBe('InvalidRequest 400');
    expect(await failure(read('refused'))).toBe('NoSuchKey 404');
    await upload.complete([two], { MpuObjectSize: 3 });
    expect((await read('refused')).toString()).toBe('end');
  });

  it('name no upload', async () => {
    const upload = await Uploading.start('gone');
    const one = await upload.part(1, 'x');
    await test.client.send(new AbortMultipartUploadCommand(upload.at));
    expect(await failure(upload.complete([one]))).toBe('NoSuchUpload 404');
    expect(await failure(upload.part(1, 'x'))).toBe('NoSuchUpload 404');
    expect(await failure(test.client.send(new ListPartsCommand(upload.at)))).toBe('NoSuchUpload 404');
    expect(await failure(test.client.send(new AbortMultipartUploadCommand(upload.at)))).toBe('NoSuchUpload 404');
    const traversal = { ...upload.at, UploadId: '../../bucket' };
    expect(await failure(test.client.send(new ListPartsCommand(traversal)))).toBe('NoSuchUpload 404');
    const other = await Uploading.start('other');
    expect(await failure(test.client.send(new ListPartsCommand({ ...other.at, Key: 'another' })))).toBe(
      'NoSuchUpload 404',
    );
    expect(await failure(other.part(0, 'x'))).toBe('InvalidArgument 400');
    expect(await failure(other.part(10_001, 'x'))).toBe('InvalidArgument 400');
    const nowhere = new CreateMultipartUploadCommand({ Bucket: 'nowhere', Key: 'k' });
    expect(await failure(test.client.send(nowhere))).toBe('NoSuchBucket 404');
    await test.client.send(new AbortMultipartUploadCommand(other.at));
  });
});

describe('checksums', () => {
  const parts = [BIG, Buffer.from('the end')];

  it.each(['CRC32', 'CRC32C', 'SHA1', 'SHA256'] as const)('%s of the checksums of the parts', async (algorithm) => {
    const upload = await Uploading.start(`composite-${algorithm}`, { ChecksumAlgorithm: algorithm });
    const field = `Checksum${algorithm}` as const;
    const sent: CompletedPart[] = [];
    for (const [i, Body] of parts.entries()) {
      const input = { ...upload.at, PartNumber: i + 1, Body, ChecksumAlgorithm: algorithm };
      const answer = await test.client.send(new UploadPartCommand(input));
      sent.push({ PartNumber: i + 1, ETag: answer.ETag, [field]: answer[field] });
    }
    expect(await failure(upload.complete(sent.map(({ PartNumber, ETag }) => ({ PartNumber, ETag }))))).toBe(
      'InvalidRequest 400',
    );
    const swapped = sent.map((part, i) => ({ ...part, [field]: sent[1 - i]?.[field] }));
    expect(await failure(upload.complete(swapped))).toBe('InvalidPart 400');
    const done = await upload.complete(sent);
    expect(done[field]).toMatch(/=-2$/);
    expect(done.ChecksumType).toBe('COMPOSITE');
    if (algorithm === 'SHA256') {
      const digests = parts.map((body) => createHash('sha256').update(body).digest());
      expect(done[field]).toBe(`${createHash('sha256').update(Buffer.concat(digests)).digest('base64')}-2`);
    }
  });

  it.each(['CRC32', 'CRC64NVME'] as const)('%s of the whole', async (algorithm) => {
    const upload = await Uploading.start(`full-${algorithm}`, {
      ChecksumAlgorithm: algorithm,
      ChecksumType: 'FULL_OBJECT',
    });
    const field = `Checksum${algorithm}` as const;
    const sent = [await upload.part(1, BIG), await upload.part(2, 'the end')];
    const wrong = Buffer.alloc(algorithm === 'CRC32' ? 4 : 8).toString('base64');
    expect(await failure(upload.complete(sent, { [field]: wrong }))).toBe('BadDigest 400');
    const done = await upload.complete(sent);
    expect(done.ChecksumType).toBe('FULL_OBJECT');
    const input = { Bucket, Key: 'whole', Body: Buffer.concat(parts), ChecksumAlgorithm: algorithm };
    const whole = await test.client.send(
      new PutObjectCommand(algorithm === 'CRC32' ? input : { ...input, ChecksumCRC64NVME: done[field] }),
    );
    expect(done[field]).toBe(whole[field]);
  });

  it('must be of the kind the upload was created with', async () => {
    const upload = await Uploading.start('kinds', { ChecksumAlgorithm: 'SHA256' });
    expect(await failure(upload.part(1, 'none'))).toBe('InvalidRequest 400');
    const other = new UploadPartCommand({ ...upload.at, PartNumber: 1, Body: 'x', ChecksumAlgorithm: 'CRC32' });
    expect(await failure(test.client.send(other))).toBe('InvalidRequest 400');
    expect(await failure(Uploading.start('k', { ChecksumAlgorithm: 'SHA1', ChecksumType: 'FULL_OBJECT' }))).toBe(
      'InvalidRequest 400',
    );
    expect(await failure(Uploading.start('k', { ChecksumType: 'FULL_OBJECT' }))).toBe('InvalidRequest 400');
    await test.client.send(new AbortMultipartUploadCommand(upload.at));
  });
});

describe('listings', () => {
  it('of parts, in pages', async () => {
    const upload = await Uploading.start('parts');
    for (const number of [5, 1, 3]) await upload.part(number, `part ${number}`);
    const first = await test.client.send(new ListPartsCommand({ ...upload.at, MaxParts: 2 }));
    expect(first).toMatchObject({ IsTruncated: true, NextPartNumberMarker: '3', UploadId: upload.at.UploadId });
    expect(first.Parts?.map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual([
      [1, 6],
      [3, 6],
    ]);
    const second = await test.client.send(new ListPartsCommand({ ...upload.at, PartNumberMarker: '3' }));
    expect(second.Parts?.map(({ PartNumber }) => PartNumber)).toEqual([5]);
    expect(second.IsTruncated).toBe(false);
    await test.client.send(new AbortMultipartUploadCommand(upload.at));
  });

  it('of uploads, in pages, by prefix and delimiter', async () => {
    const keys = ['m/a', 'm/b', 'm/c/1', 'm/c/2', 'm/d', 'm/b'];
    const uploads: Uploading[] = [];
    for (const key of keys) uploads.push(await Uploading.start(key));
    const list = async (more: object) => {
      const found: string[] = [];
      for (let marker = {}; ; ) {
        const page = await test.client.send(
          new ListMultipartUploadsCommand({ Bucket, Prefix: 'm/', ...more, ...marker }),
        );
        found.push(...(page.Uploads ?? []).map(({ Key }) => Key as string));
        found.push(...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix as string));
        if (!page.IsTruncated) return found;
        marker = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
      }
    };
    expect(await list({})).toEqual([...keys].sort());
    for (const MaxUploads of [1, 2, 3]) {
      expect(await list({ MaxUploads })).toEqual([...keys].sort());
      expect((await list({ MaxUploads, Delimiter: '/' })).sort()).toEqual(['m/a', 'm/b', 'm/b', 'm/c/', 'm/d']);
    }
    for (const { at } of uploads) await test.client.send(new AbortMultipartUploadCommand(at));
    expect(await list({})).toEqual([]);
  });
});
