const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** 1 234 567 -> `1.2 MB` (decimal units, as storage is billed). */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < BYTE_UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toPrecision(value >= 1000 ? 4 : value >= 99.5 ? 3 : 2)} ${BYTE_UNITS[unit]}`;
}

/** 41.3 -> `41 ms`, 1930 -> `1.9 s`. */
export const msText = (ms: number): string => (ms < 999.5 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);

/** 1204 -> `1 204`. */
export const countText = (count: number): string => String(count).replace(/\B(?=(\d{3})+(?!\d))/g, ' ');
