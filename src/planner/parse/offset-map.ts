import type { Span } from '../../common/errors.ts';

/** One piece of the user's text that the grammar is shown differently; UTF-16 offsets into the user's text. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

/** The region from `start` to `end` is shown to the grammar at `to`, which comes before it. Moves are nested or apart. */
export interface Move extends Span {
  readonly to: number;
}

interface Piece {
  /** First offset in the edited text. */
  readonly to: number;
  /** First offset in the user's text. */
  readonly from: number;
  readonly replaced: boolean;
}

/** The text with the edits made, and the way back from its UTF-8 offsets to UTF-16 offsets of the user's text. */
export class EditedText {
  readonly text: string;
  readonly #pieces: Piece[] = [];
  readonly #utf16: Uint32Array | null;

  /** The region of the source that becomes `text`; the edits are inside it, none overlaps another or an end of a move. */
  constructor(
    source: string,
    edits: readonly Edit[],
    region: Span = { start: 0, end: source.length },
    moves: readonly Move[] = [],
  ) {
    const ordered = [...edits].sort((a, b) => a.start - b.start || a.end - b.end);
    const parts: string[] = [];
    let length = 0;
    const push = (from: number, text: string, replaced: boolean) => {
      this.#pieces.push({ to: length, from, replaced });
      parts.push(text);
      length += text.length;
    };
    for (const { start, end } of arranged(
      region,
      [...moves].sort((a, b) => a.to - b.to),
    )) {
      let at = start;
      for (let i = firstAt(ordered, start); i < ordered.length; i++) {
        const edit = ordered[i] as Edit;
        // What is put in at a seam belongs to the text before it.
        if (edit.end > end || (edit.start === start && edit.end === start && start > region.start)) {
          if (edit.start >= end) break;
          continue;
        }
        push(at, source.slice(at, edit.start), false);
        push(edit.start, edit.replacement, true);
        at = edit.end;
      }
      push(at, source.slice(at, end), false);
      if (moves.length > 0) push(end, ' ', true);
    }
    this.text = parts.join('');
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
      if ((this.#pieces[middle] as Piece).to <= offset) low = middle;
      else high = middle - 1;
    }
    const piece = this.#pieces[low] as Piece;
    return piece.replaced ? piece.from : piece.from + offset - piece.to;
  }
}

/** The regions of the source in the order in which the grammar sees them; moves in order of where they go to. */
function arranged(region: Span, moves: readonly Move[]): readonly Span[] {
  const spans: Span[] = [];
  let at = region.start;
  for (let i = 0; i < moves.length; ) {
    const move = moves[i] as Move;
    spans.push({ start: at, end: move.to });
    let next = i + 1;
    while (next < moves.length && (moves[next] as Move).to < move.end) next++;
    const inside = moves.slice(i + 1, next);
    const moved = inside.filter(({ to }) => to >= move.start);
    const passed = inside.filter(({ to }) => to < move.start);
    spans.push(...arranged(move, moved), ...arranged({ start: move.to, end: move.start }, passed));
    at = move.end;
    i = next;
  }
  spans.push({ start: at, end: region.end });
  return spans;
}

/** Index of the first edit that starts at the offset or later. */
function firstAt(edits: readonly Edit[], offset: number): number {
  let low = 0;
  let high = edits.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((edits[middle] as Edit).start < offset) low = middle + 1;
    else high = middle;
  }
  return low;
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
