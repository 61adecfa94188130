import { type OpenedParquet, readFooter } from '../../parquet/footer.ts';
import type { Resolved } from '../../storage/stores.ts';
import { formatUri } from '../../storage/uri.ts';

/** Files whose footers are kept; the one that was not asked for the longest goes first. */
const MAX_FOOTERS = 4096;

/** A file whose footer is known. */
export interface OpenedFile extends OpenedParquet {
  readonly uri: string;
}

export interface OpenFileOptions {
  /** The ETag that a listing has just shown: a footer kept for it is taken without a request. */
  readonly etag?: string;
  readonly signal?: AbortSignal;
}

/** Footers by file and ETag. */
export class FooterCache {
  readonly #kept = new Map<string, OpenedFile>();

  /** The footer of the file's present version. One HEAD at most when it is kept; else one or two GETs. */
  async open(file: Resolved, { etag, signal }: OpenFileOptions): Promise<OpenedFile> {
    const uri = formatUri(file.scheme, file.location);
    const abort = signal ? { signal } : {};
    const kept = this.#kept.get(uri);
    if (kept) {
      const present = etag ?? (await file.store.head(file.location, abort)).etag;
      if (present === kept.etag) {
        this.#keep(kept);
        return kept;
      }
    }
    const opened: OpenedFile = { ...(await readFooter(file.store, file.location, { ...abort, uri })), uri };
    this.#keep(opened);
    return opened;
  }

  #keep(file: OpenedFile): void {
    this.#kept.delete(file.uri);
    this.#kept.set(file.uri, file);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MAX_FOOTERS && oldest !== undefined) this.#kept.delete(oldest);
  }
}
