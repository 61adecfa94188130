const SURROGATE = /[\ud800-\udfff]/;

/** One string per code point; plain text is its own array. */
export const characters = (text: string): string | readonly string[] => (SURROGATE.test(text) ? [...text] : text);

/** Code points `start` to `end`, as `slice` counts them. */
export const sliced = (text: string, start: number, end?: number): string => {
  const units = characters(text);
  return typeof units === 'string' ? units.slice(start, end) : units.slice(start, end).join('');
};
