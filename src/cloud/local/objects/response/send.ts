import type { ServerResponse } from 'node:http';
import { asSquallError } from '../../../../common/errors.ts';
import { S3Error } from '../s3-error.ts';
import { renderXml, type XmlElement } from './xml.ts';

export type ResponseHeaders = Readonly<Record<string, string | number | undefined>>;

export function writeHead(response: ServerResponse, status: number, headers: ResponseHeaders): void {
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) response.setHeader(name, value);
  response.writeHead(status);
}

export function sendXml(response: ServerResponse, root: XmlElement, headers: ResponseHeaders = {}): void {
  const body = Buffer.from(renderXml(root));
  writeHead(response, 200, { ...headers, 'Content-Type': 'application/xml', 'Content-Length': body.length });
  response.end(body);
}

/** An answer without a body. */
export function sendEmpty(response: ServerResponse, status: number, headers: ResponseHeaders = {}): void {
  writeHead(response, status, { ...headers, ...(status !== 204 && status !== 304 && { 'Content-Length': 0 }) });
  response.end();
}

/** S3's error document; HEAD and 304 have none. Any error that is not S3Error becomes InternalError. */
export function sendError(response: ServerResponse, thrown: unknown, resource: string): S3Error {
  const error = asS3Error(thrown);
  if (response.req.method === 'HEAD' || error.status === 304) {
    sendEmpty(response, error.status, error.headers);
    return error;
  }
  const fields = Object.entries({ ...error.fields, Resource: resource }).map(
    ([name, value]): XmlElement => [name, value],
  );
  const root: XmlElement = [
    'Error',
    [
      ['Code', error.s3Code],
      ['Message', error.message],
      ...fields,
      ['RequestId', String(response.getHeader('x-amz-request-id'))],
      ['HostId', String(response.getHeader('x-amz-id-2'))],
    ],
  ];
  const body = Buffer.from(renderXml(root, 'none'));
  writeHead(response, error.status, {
    ...error.headers,
    'Content-Type': 'application/xml',
    'Content-Length': body.length,
  });
  response.end(body);
  return error;
}

const asS3Error = (thrown: unknown): S3Error =>
  thrown instanceof S3Error
    ? thrown
    : new S3Error('InternalError', `We encountered an internal error: ${asSquallError(thrown).message}`, {
        cause: thrown,
      });
