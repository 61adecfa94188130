import { createHash } from 'node:crypto';
import { ExecutionError } from '../../../common/errors.ts';
import { BIGINT, BLOB, VARCHAR } from '../../../common/types.ts';
import type { ScalarFunction } from '../scalar-function.ts';
import { alias, overload, strict } from './define.ts';

const hash = (algorithm: 'md5' | 'sha1' | 'sha256', doc: string): ScalarFunction => {
  const evaluate = (data: string | Uint8Array) => createHash(algorithm).update(data).digest('hex');
  return strict(algorithm, doc, overload([VARCHAR], VARCHAR, evaluate), overload([BLOB], VARCHAR, evaluate));
};

const bytesOf = (data: Uint8Array) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);

/** Two's complement for negative numbers. */
const hexOfInteger = (value: bigint) => BigInt.asUintN(64, value).toString(16);

const quoted = (text: string) => `'${text.length > 60 ? `${text.slice(0, 60)}…` : text}'`;

/** An odd digit stands for the low half of a first byte. */
function fromHex(text: string): Uint8Array {
  if (!/^[0-9a-f]*$/i.test(text)) throw new ExecutionError('SQ3007', `${quoted(text)} is not hexadecimal`);
  return new Uint8Array(Buffer.from(text.length % 2 === 0 ? text : `0${text}`, 'hex'));
}

function fromBase64(text: string): Uint8Array {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) {
    throw new ExecutionError('SQ3007', `${quoted(text)} is not base64`);
  }
  return new Uint8Array(Buffer.from(text, 'base64'));
}

const toBase64 = (data: Uint8Array) => bytesOf(data).toString('base64');

const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function utf8Text(data: Uint8Array): string {
  try {
    return DECODER.decode(data);
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new ExecutionError('SQ3007', 'decode: the bytes are not UTF-8', { cause });
  }
}

function encodeAs(data: Uint8Array, format: string): string {
  if (format.toLowerCase() === 'hex') return bytesOf(data).toString('hex');
  if (format.toLowerCase() === 'base64') return toBase64(data);
  throw unknownFormat('encode', format);
}

function decodeFrom(text: string, format: string): Uint8Array {
  if (format.toLowerCase() === 'hex') return fromHex(text);
  if (format.toLowerCase() === 'base64') return fromBase64(text);
  throw unknownFormat('decode', format);
}

const unknownFormat = (name: string, format: string) =>
  new ExecutionError('SQ3007', `${name}: there is no format ${quoted(format)}`, {
    hint: "formats are 'hex' and 'base64'",
  });

const utf8Bytes = (text: string) => new Uint8Array(Buffer.from(text));

const UNHEX = strict('unhex', 'unhex(a): the bytes of hexadecimal digits', overload([VARCHAR], BLOB, fromHex));
const BASE64 = strict(
  'to_base64',
  'to_base64(a): bytes, or the UTF-8 of text, as base64',
  overload([BLOB], VARCHAR, toBase64),
  overload([VARCHAR], VARCHAR, (text: string) => toBase64(utf8Bytes(text))),
);

export const ENCODING: readonly ScalarFunction[] = [
  hash('md5', 'md5(a): the MD5 digest of bytes or of the UTF-8 of text, in hexadecimal'),
  hash('sha1', 'sha1(a): the SHA-1 digest of bytes or of the UTF-8 of text, in hexadecimal'),
  hash('sha256', 'sha256(a): the SHA-256 digest of bytes or of the UTF-8 of text, in hexadecimal'),
  strict(
    'hex',
    'hex(a): upper-case hexadecimal digits of a whole number (negative ones in 64 bits), of bytes or of the UTF-8 of text',
    overload([BIGINT], VARCHAR, (value: bigint) => hexOfInteger(value).toUpperCase()),
    overload([VARCHAR], VARCHAR, (text: string) => Buffer.from(text).toString('hex').toUpperCase()),
    overload([BLOB], VARCHAR, (data: Uint8Array) => bytesOf(data).toString('hex').toUpperCase()),
  ),
  strict(
    'to_hex',
    'to_hex(a): lower-case hexadecimal digits of a whole number, negative ones in 64 bits',
    overload([BIGINT], VARCHAR, hexOfInteger),
  ),
  UNHEX,
  alias(UNHEX, 'from_hex'),
  BASE64,
  alias(BASE64, 'base64'),
  strict('from_base64', 'from_base64(a): the bytes of base64', overload([VARCHAR], BLOB, fromBase64)),
  strict(
    'encode',
    "encode(a [, format]): the UTF-8 of text as bytes; bytes as text, in the format 'hex' or 'base64'",
    overload([VARCHAR], BLOB, utf8Bytes),
    overload([BLOB, VARCHAR], VARCHAR, encodeAs),
  ),
  strict(
    'decode',
    "decode(a [, format]): the text of bytes in UTF-8; the bytes of text in the format 'hex' or 'base64'",
    overload([BLOB], VARCHAR, utf8Text),
    overload([VARCHAR, VARCHAR], BLOB, decodeFrom),
  ),
];
