// CRC-32C (Castagnoli) and CRC-64/NVME, both reflected, by slicing-by-8: eight table look-ups consume eight bytes.
// Kounavis and Berry, "Novel Table Lookup-Based Algorithms for High-Performance CRC Generation", IEEE ToC 57(11), 2008.
// The caller owns the memory: `tables` points to TABLE_BYTES bytes (8-aligned) that `init` has filled.

const CRC32C_POLYNOMIAL: u32 = 0x82f63b78;
const CRC64NVME_POLYNOMIAL: u64 = 0x9a6c9329ac4bc9b5;
const CRC64_TABLES: usize = 8 * 256 * 4;

/** Bytes of both sets of tables: 8 x 256 x 4 and 8 x 256 x 8. */
export function tableBytes(): usize {
  return CRC64_TABLES + 8 * 256 * 8;
}

export function init(tables: usize): void {
  const wide = tables + CRC64_TABLES;
  for (let byte: u32 = 0; byte < 256; byte++) {
    let narrowCrc: u32 = byte;
    let wideCrc: u64 = byte;
    for (let bit = 0; bit < 8; bit++) {
      narrowCrc = (narrowCrc >>> 1) ^ (CRC32C_POLYNOMIAL & (0 - (narrowCrc & 1)));
      wideCrc = (wideCrc >>> 1) ^ (CRC64NVME_POLYNOMIAL & (0 - (wideCrc & 1)));
    }
    store<u32>(tables + (<usize>byte << 2), narrowCrc);
    store<u64>(wide + (<usize>byte << 3), wideCrc);
  }
  for (let slice: u32 = 1; slice < 8; slice++) {
    for (let byte: u32 = 0; byte < 256; byte++) {
      const at: usize = (slice << 8) | byte;
      const narrowCrc = load<u32>(tables + ((at - 256) << 2));
      const wideCrc = load<u64>(wide + ((at - 256) << 3));
      store<u32>(tables + (at << 2), (narrowCrc >>> 8) ^ load<u32>(tables + (<usize>(narrowCrc & 255) << 2)));
      store<u64>(wide + (at << 3), (wideCrc >>> 8) ^ load<u64>(wide + (<usize>(wideCrc & 255) << 3)));
    }
  }
}

/** The CRC of what came before (0 at first), continued by `length` bytes at `data`. */
export function crc32c(tables: usize, previous: u32, data: usize, length: usize): u32 {
  let crc = ~previous;
  const end = data + length;
  for (; data + 8 <= end; data += 8) {
    const low = load<u32>(data) ^ crc;
    const high = load<u32>(data, 4);
    crc =
      load<u32>(tables + (<usize>(low & 255) << 2), 7168) ^
      load<u32>(tables + (<usize>((low >>> 8) & 255) << 2), 6144) ^
      load<u32>(tables + (<usize>((low >>> 16) & 255) << 2), 5120) ^
      load<u32>(tables + (<usize>(low >>> 24) << 2), 4096) ^
      load<u32>(tables + (<usize>(high & 255) << 2), 3072) ^
      load<u32>(tables + (<usize>((high >>> 8) & 255) << 2), 2048) ^
      load<u32>(tables + (<usize>((high >>> 16) & 255) << 2), 1024) ^
      load<u32>(tables + (<usize>(high >>> 24) << 2));
  }
  for (; data < end; data++) {
    crc = (crc >>> 8) ^ load<u32>(tables + (<usize>((crc ^ load<u8>(data)) & 255) << 2));
  }
  return ~crc;
}

/** The CRC of what came before (0 at first), continued by `length` bytes at `data`. */
export function crc64nvme(tables: usize, previous: u64, data: usize, length: usize): u64 {
  const wide = tables + CRC64_TABLES;
  let crc = ~previous;
  const end = data + length;
  for (; data + 8 <= end; data += 8) {
    const word = load<u64>(data) ^ crc;
    crc =
      load<u64>(wide + (<usize>(word & 255) << 3), 14336) ^
      load<u64>(wide + (<usize>((word >>> 8) & 255) << 3), 12288) ^
      load<u64>(wide + (<usize>((word >>> 16) & 255) << 3), 10240) ^
      load<u64>(wide + (<usize>((word >>> 24) & 255) << 3), 8192) ^
      load<u64>(wide + (<usize>((word >>> 32) & 255) << 3), 6144) ^
      load<u64>(wide + (<usize>((word >>> 40) & 255) << 3), 4096) ^
      load<u64>(wide + (<usize>((word >>> 48) & 255) << 3), 2048) ^
      load<u64>(wide + (<usize>(word >>> 56) << 3));
  }
  for (; data < end; data++) {
    crc = (crc >>> 8) ^ load<u64>(wide + (<usize>((crc ^ <u64>load<u8>(data)) & 255) << 3));
  }
  return ~crc;
}
