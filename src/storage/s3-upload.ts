import { refused, type Subject } from './errors.ts';
import type { MultipartUpload, PartOptions, PutOptions, RequestOptions } from './object-store.ts';
import { attributes, must, named } from './s3.ts';
import type { S3Clients } from './s3-clients.ts';

/** Opens an upload: CreateMultipartUpload. One that is neither completed nor aborted is billed until a lifecycle rule ends it. */
export async function startUpload(clients: S3Clients, of: Subject, options: PutOptions): Promise<MultipartUpload> {
  const input = { ...named(of.location), ...attributes(options) };
  const output = await clients.send(of, 's3:PutObject', options.signal, (client, sdk, http) =>
    client.send(new sdk.CreateMultipartUploadCommand(input), http),
  );
  return new S3Upload(clients, of, must(of, output.UploadId, 'upload id'));
}

class S3Upload implements MultipartUpload {
  readonly #clients: S3Clients;
  readonly #of: Subject;
  readonly #upload: { readonly Bucket: string; readonly Key: string; readonly UploadId: string };
  readonly #etags = new Map<number, string>();
  #numbered = 0;
  #open = true;

  constructor(clients: S3Clients, of: Subject, uploadId: string) {
    this.#clients = clients;
    this.#of = of;
    this.#upload = { ...named(of.location), UploadId: uploadId };
  }

  async write(part: Uint8Array, { signal, partNumber }: PartOptions = {}): Promise<void> {
    this.#mustBeOpen();
    const number = partNumber ?? this.#numbered + 1;
    this.#numbered = Math.max(this.#numbered, number);
    const input = { ...this.#upload, PartNumber: number, Body: part };
    const output = await this.#clients.send(this.#of, 's3:PutObject', signal, (client, sdk, http) =>
      client.send(new sdk.UploadPartCommand(input), http),
    );
    this.#etags.set(number, must(this.#of, output.ETag, 'ETag'));
  }

  async complete({ signal }: RequestOptions = {}): Promise<void> {
    this.#mustBeOpen();
    if (this.#etags.size === 0) throw refused(this.#of, 'an upload without parts');
    const parts = [...this.#etags].sort(([a], [b]) => a - b).map(([PartNumber, ETag]) => ({ PartNumber, ETag }));
    const input = { ...this.#upload, MultipartUpload: { Parts: parts } };
    await this.#clients.send(this.#of, 's3:PutObject', signal, (client, sdk, http) =>
      client.send(new sdk.CompleteMultipartUploadCommand(input), http),
    );
    this.#open = false;
  }

  async abort(): Promise<void> {
    if (!this.#open) return;
    await this.#clients.send(this.#of, 's3:AbortMultipartUpload', undefined, (client, sdk, http) =>
      client.send(new sdk.AbortMultipartUploadCommand(this.#upload), http),
    );
    this.#open = false;
  }

  #mustBeOpen(): void {
    if (!this.#open) throw refused(this.#of, 'the upload has ended');
  }
}
