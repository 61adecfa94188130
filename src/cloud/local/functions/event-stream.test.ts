import { expect, it } from 'vitest';
import { encodeEvent } from './event-stream.ts';

/** CRC-32 of IEEE 802.3, bit by bit. */
function crc(bytes: Uint8Array): number {
  let rest = 0xffffffff;
  for (const byte of bytes) {
    rest ^= byte;
    for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
  }
  return ~rest >>> 0;
}

it('has lengths, checksums, three headers and the payload', () => {
  expect(crc(Buffer.from('123456789'))).toBe(0xcbf43926);
  const message = encodeEvent('PayloadChunk', 'application/octet-stream', Buffer.from('xyz'));
  const headers = [
    '\x0b:event-type\x07\x00\x0cPayloadChunk',
    '\x0d:content-type\x07\x00\x18application/octet-stream',
    '\x0d:message-type\x07\x00\x05event',
  ].join('');
  expect(message.readUInt32BE(0)).toBe(message.length);
  expect(message.readUInt32BE(4)).toBe(headers.length);
  expect(message.readUInt32BE(8)).toBe(crc(message.subarray(0, 8)));
  expect(message.subarray(12, -4).toString('latin1')).toBe(`${headers}xyz`);
  expect(message.readUInt32BE(message.length - 4)).toBe(crc(message.subarray(0, -4)));
});
