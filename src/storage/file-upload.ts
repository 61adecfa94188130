import { throwIfAborted } from '../common/errors.ts';
import { refused, type Subject } from './errors.ts';
import { fileError } from './file-errors.ts';
import type { TemporaryFile } from './file-write.ts';
import type { MultipartUpload, PartOptions, RequestOptions } from './object-store.ts';

/** Parts of a file being written: in order straight to their place, others kept in memory until their turn. */
export class FileUpload implements MultipartUpload {
  readonly #file: TemporaryFile;
  readonly #of: Subject;
  readonly #places = new Map<number, { readonly position: number; readonly length: number }>();
  readonly #early = new Map<number, Uint8Array>();
  #last = Promise.resolve();
  #numbered = 0;
  #written = 0;
  #end = 0;
  #open = true;

  constructor(file: TemporaryFile, of: Subject) {
    this.#file = file;
    this.#of = of;
  }

  write(part: Uint8Array, { signal, partNumber }: PartOptions = {}): Promise<void> {
    const number = partNumber ?? this.#numbered + 1;
    this.#numbered = Math.max(this.#numbered, number);
    return this.#inTurn(async () => {
      throwIfAborted(signal);
      this.#mustBeOpen();
      const place = this.#places.get(number);
      if (place && place.length !== part.length)
        throw refused(this.#of, `part ${number} came again with another length`);
      if (place) return this.#file.write(part, place.position);
      if (number !== this.#written + 1) this.#early.set(number, part.slice());
      else await this.#append(number, part);
      for (let next = this.#early.get(this.#written + 1); next; next = this.#early.get(this.#written + 1)) {
        await this.#append(this.#written + 1, next);
      }
    });
  }

  complete({ signal }: RequestOptions = {}): Promise<void> {
    return this.#inTurn(async () => {
      throwIfAborted(signal);
      this.#mustBeOpen();
      for (const [number, part] of [...this.#early].sort(([a], [b]) => a - b)) await this.#append(number, part);
      if (this.#places.size === 0) throw refused(this.#of, 'an upload without parts');
      await this.#file.publish();
      this.#open = false;
      await this.#file.discard();
    });
  }

  abort(): Promise<void> {
    return this.#inTurn(async () => {
      this.#open = false;
      this.#early.clear();
      await this.#file.discard();
    });
  }

  async #append(number: number, part: Uint8Array): Promise<void> {
    await this.#file.write(part, this.#end);
    this.#places.set(number, { position: this.#end, length: part.length });
    this.#early.delete(number);
    this.#end += part.length;
    this.#written = number;
  }

  /** One step at a time, in the order of the calls; a step that failed does not keep the next from running. */
  #inTurn(step: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(step).catch((error: unknown) => {
      throw fileError(this.#of, 'write', error);
    });
    this.#last = turn.then(
      () => undefined,
      () => undefined,
    );
    return turn;
  }

  #mustBeOpen(): void {
    if (!this.#open) throw refused(this.#of, 'the upload has ended');
  }
}
