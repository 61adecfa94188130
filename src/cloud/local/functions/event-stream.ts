import { crc32 } from 'node:zlib';

/** Header value type 7 of `application/vnd.amazon.eventstream`: a string with a 16-bit length. */
const STRING_HEADER = 7;
/** Both lengths and their checksum. */
const PRELUDE_BYTES = 12;
const CRC_BYTES = 4;

/**
 * One event of an AWS event stream: total length, header length, CRC-32 of those, headers, payload, CRC-32 of all that.
 * All integers are big-endian.
 */
export function encodeEvent(eventType: string, contentType: string, payload: Uint8Array): Buffer {
  const headers = Buffer.concat([
    stringHeader(':event-type', eventType),
    stringHeader(':content-type', contentType),
    stringHeader(':message-type', 'event'),
  ]);
  const total = PRELUDE_BYTES + headers.length + payload.length + CRC_BYTES;
  const message = Buffer.allocUnsafe(total);
  message.writeUInt32BE(total, 0);
  message.writeUInt32BE(headers.length, 4);
  message.writeUInt32BE(crc32(message.subarray(0, 8)), 8);
  message.set(headers, PRELUDE_BYTES);
  message.set(payload, PRELUDE_BYTES + headers.length);
  message.writeUInt32BE(crc32(message.subarray(0, total - CRC_BYTES)), total - CRC_BYTES);
  return message;
}

function stringHeader(name: string, value: string): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(Buffer.byteLength(value));
  return Buffer.concat([
    Buffer.of(Buffer.byteLength(name)),
    Buffer.from(name),
    Buffer.of(STRING_HEADER),
    length,
    Buffer.from(value),
  ]);
}
