import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StorageError } from '../common/errors.ts';
import { formatUri, locationOf, parseUri, pathOf } from './uri.ts';

const parse = (text: string) => parseUri(text, { cwd: '/base/dir' });
const failure = (text: string): StorageError => {
  try {
    parse(text);
  } catch (error) {
    return error as StorageError;
  }
  throw new Error(`${text} should have been refused`);
};

describe('parseUri', () => {
  it.each([
    ['s3://b/k', 's3', 'b', 'k'],
    ['S3://my.bucket-1/a/b%20c d?e#f', 's3', 'my.bucket-1', 'a/b%20c d?e#f'],
    ['s3://b', 's3', 'b', ''],
    ['s3://b/', 's3', 'b', ''],
    ['s3://b//a/../c/', 's3', 'b', '/a/../c/'],
    ['memory://b/k', 'memory', 'b', 'k'],
    ['file:///a/b', 'file', '', 'a/b'],
    ['file:///a%20b%25/%C3%A4*.parquet', 'file', '', 'a b%/ä*.parquet'],
    ['file://localhost/a', 'file', '', 'a'],
    ['file:///a/../b/./c', 'file', '', 'b/c'],
    ['/a/b', 'file', '', 'a/b'],
    ['/a/b%20c', 'file', '', 'a/b%20c'],
    ['./a', 'file', '', 'base/dir/a'],
    ['a/b', 'file', '', 'base/dir/a/b'],
    ['../a', 'file', '', 'base/a'],
    ['a/', 'file', '', 'base/dir/a/'],
    ['.', 'file', '', 'base/dir/'],
    ['..', 'file', '', 'base/'],
    ['...', 'file', '', 'base/dir/...'],
    ['a.', 'file', '', 'base/dir/a.'],
    ['/', 'file', '', ''],
    ['x:y', 'file', '', 'base/dir/x:y'],
  ])('%s', (text, scheme, bucket, key) => {
    expect(parse(text)).toEqual({ scheme, location: { bucket, key } });
  });

  it.each([
    ['', '"" is not a location: it is empty', undefined],
    ['a\0b', '"a\\\\0b" is not a location: it contains a NUL', undefined],
    ['file:///a%00b', '"file:///a%00b" is not a location: it contains a NUL', undefined],
    ['\ud800', '"\\ud800" is not a location: it is not well-formed Unicode', undefined],
    ['s3:///k', '"s3:///k" is not a location: the bucket is missing', undefined],
    ['s3://b c/k', '"s3://b c/k" is not a location: "b c" is not a bucket name', undefined],
    ['s3a://b/k', '"s3a://b/k" is not a location: the scheme s3a is Hadoop\'s', 'write s3://b/k'],
    ['gs://b/k', '"gs://b/k" is not a location: the scheme gs is unknown', 'known are s3, file, memory, and paths'],
    [
      'https://h/k',
      '"https://h/k" is not a location: the scheme https is unknown',
      'known are s3, file, memory, and paths',
    ],
    [
      's3://arn:aws:s3:x',
      '"s3://arn:aws:s3:x" is not a location: ARNs are not supported',
      "use the access point's alias",
    ],
    [
      'file://a/b',
      '"file://a/b" is not a location: a file URL names no host, but this one names a',
      'write file:///a/b',
    ],
    ['file://', '"file://" is not a location: the path is missing', undefined],
    [
      'file:///a%zz',
      '"file:///a%zz" is not a location: a % is not followed by two hexadecimal digits of UTF-8',
      'write % as %25',
    ],
    [
      'https://b.s3.amazonaws.com/k?versionId=1&X-Amz-Credential=AKIA&X-Amz-Signature=00',
      '"https://b.s3.amazonaws.com/k?<signed>" is not a location: the scheme https is unknown',
      'known are s3, file, memory, and paths',
    ],
    ['C:\\data', '"C:\\\\data" is not a location: Windows paths are not supported', undefined],
  ])('refuses %j', (text, message, hint) => {
    const error = failure(text);
    expect(error).toMatchObject({ code: 'SQ5012', message, retryable: false });
    expect(error.hint).toBe(hint);
  });
});

describe('formatUri', () => {
  it.each([
    ['s3', { bucket: 'b', key: 'a b%?' }, 's3://b/a b%?'],
    ['memory', { bucket: 'b', key: '' }, 'memory://b/'],
    ['file', { bucket: '', key: 'a b/%?#ä' }, 'file:///a%20b/%25%3F%23%C3%A4'],
  ] as const)('%s %j', (scheme, location, text) => {
    expect(formatUri(scheme, location)).toBe(text);
  });

  it('is the inverse of parseUri for any path', () => {
    const segment = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !/^\.{1,2}$|[/\0]/.test(text));
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1 }), (segments) => {
        const location = locationOf(`/${segments.join('/')}`);
        expect(parse(formatUri('file', location))).toEqual({ scheme: 'file', location });
        expect(parse(pathOf(location))).toEqual({ scheme: 'file', location });
      }),
    );
  });

  it('is the inverse of parseUri for any key', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0')),
        (key) => {
          const location = { bucket: 'b', key };
          expect(parse(formatUri('s3', location))).toEqual({ scheme: 's3', location });
        },
      ),
    );
  });
});
