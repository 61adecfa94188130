import type { Span } from '../../common/errors.ts';

/** One piece of the user's text that the grammar is shown differently; UTF-16 offsets into the user's text. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

/** The text with the edits made, and the way back from its UTF-8 offsets to UTF-16 offsets of the user's text. */
export class EditedText {
  readonly text: string;
  /** Per piece: first offset in `text`, first offset in the user's text, and whether it is a replacement. */
  readonly #pieces: { readonly to: number; readonly from: number; readonly replaced: boolean }[] = [];
  readonly #utf16: Uint32Array | null;

  /** The region of the source that becomes `text`; edits in order of their offsets, inside it, none overlapping. */
  constructor(source: string, edits: readonly Edit[], region: Span = { start: 0, end: source.length }) {
    let text = '';
    let at = region.start;
    for (const edit of edits) {
      this.#pieces.push({ to: text.length, from: at, replaced: false });
      text += source.slice(at, edit.start);
      this.#pieces.push({ to: text.length, from: edit.start, replaced: true });
      text += edit.replacement;
      at = edit.end;
    }
    this.#pieces.push({ to: text.length, from: at, replaced: false });
    this.text = text + source.slice(at, region.end);
    this.#utf16 = utf16Offsets(this.text);
  }

  /** UTF-8 offset into `text` -> UTF-16 offset into the user's text. Inside a replacement: where that starts. */
  fromBytes(offset: number): number {
    return this.#fromUtf16(this.#utf16 === null ? offset : (this.#utf16[offset] ?? this.text.length));
  }

  /** Offset in code points into `text` -> UTF-16 offset into the user's text. */
  fromCodePoints(offset: number): number {
    let utf16 = 0;
    for (let i = 0; i < offset && utf16 < this.text.length; i++) {
      utf16 += (this.text.codePointAt(utf16) as number) > 0xffff ? 2 : 1;
    }
    return this.#fromUtf16(utf16);
  }

  #fromUtf16(offset: number): number {
    let low = 0;
    let high = this.#pieces.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#pieces[middle] as { to: number }).to <= offset) low = middle;
      else high = middle - 1;
    }
    const piece = this.#pieces[low] as { to: number; from: number; replaced: boolean };
    return piece.replaced ? piece.from : piece.from + offset - piece.to;
  }
}

/** UTF-16 offset of every UTF-8 offset; null when they are the same. */
function utf16Offsets(text: string): Uint32Array | null {
  const bytes = Buffer.byteLength(text, 'utf8');
  if (bytes === text.length) return null;
  const offsets = new Uint32Array(bytes + 1);
  let at = 0;
  for (let i = 0; i < text.length; ) {
    const code = text.codePointAt(i) as number;
    const width = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    offsets.fill(i, at, at + width);
    at += width;
    i += code > 0xffff ? 2 : 1;
  }
  offsets[at] = text.length;
  return offsets;
}
