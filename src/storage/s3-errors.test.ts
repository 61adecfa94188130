import { expect, it } from 'vitest';
import { subject } from './errors.ts';
import { s3Error } from './s3-errors.ts';

const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

it.each([
  [undefined, 'Amazon S3'],
  ['http://key:secret@host:9000/path', 'host:9000'],
  ['key:secret@host:9000', 'the endpoint'],
  ['//key:secret@host', 'the endpoint'],
])('names of the endpoint %s only its host', (endpoint, shown) => {
  const of = subject('s3', { bucket: 'b', key: 'k' });
  const error = s3Error(refused, { of, action: 's3:GetObject', region: 'r', endpoint, signing: 'signed' });
  expect(error.message).toBe(`s3://b/k: nothing listens at ${shown}`);
});
