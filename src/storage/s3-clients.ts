import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import { cancelled, throwIfAborted } from '../common/errors.ts';
import { expectManyListeners } from './abort.ts';
import { about, type Subject, storageError } from './errors.ts';
import { redact } from './redact.ts';
import { isWithoutCredentials, otherRegion, type S3Request, s3Error, wrongRegion } from './s3-errors.ts';
import type { S3Settings } from './settings.ts';

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface S3StoreOptions extends S3Settings {
  /** Instead of the SDK's chain. Only ever given on the driver's side: settings that travel hold none. */
  readonly credentials?: S3Credentials | (() => Promise<S3Credentials>);
  /** Profile of the shared config files, instead of AWS_PROFILE. */
  readonly profile?: string;
  /** Connections at most, default 64. More requests than that wait inside the HTTP agent. */
  readonly connections?: number;
  /** Longest wait for a connection, ms; default 5,000. */
  readonly connectTimeoutMs?: number;
  /** Longest silence on a connection that a request waits for, ms; default 30,000. */
  readonly idleTimeoutMs?: number;
  /** Told in a sentence what the user should know, once: that requests go out unsigned. */
  readonly onNotice?: (notice: string) => void;
}

export type Sdk = typeof import('./s3-sdk.ts');

const DEFAULT_REGION = 'us-east-1';

/** One client per region over one pool of connections, made when first needed; it knows regions and signing. */
export class S3Clients {
  readonly #options: S3StoreOptions;
  readonly #regions: Map<string, string>;
  readonly #clients = new Map<string, S3Client>();
  #sdk: Promise<Sdk> | undefined;
  #home: string | undefined;
  #pool: S3ClientConfig['requestHandler'];
  #unsigned: boolean;
  #noticed = false;

  constructor(options: S3StoreOptions) {
    this.#options = options;
    this.#regions = new Map(Object.entries(options.bucketRegions ?? {}));
    this.#unsigned = options.anonymous === true;
  }

  /** Regions of buckets as learned so far. */
  get bucketRegions(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#regions);
  }

  /** Sends one request, once, and translates its failure. */
  async send<T>(
    of: Subject,
    action: string,
    signal: AbortSignal | undefined,
    request: (client: S3Client, sdk: Sdk, http: { readonly abortSignal?: AbortSignal }) => Promise<T>,
  ): Promise<T> {
    throwIfAborted(signal);
    expectManyListeners(signal);
    this.#sdk ??= import('./s3-sdk.ts');
    const sdk = await this.#sdk;
    const { bucket } = of.location;
    const region = this.#regions.get(bucket) ?? (await this.#homeRegion(sdk, of));
    const signing = !this.#unsigned ? 'signed' : this.#options.anonymous ? 'anonymous' : 'fallback';
    try {
      return await request(this.#client(sdk, region), sdk, signal ? { abortSignal: signal } : {});
    } catch (error) {
      if (signal?.aborted) throw cancelled(signal);
      if (signing === 'signed' && this.#mayGoUnsigned() && isWithoutCredentials(error)) {
        this.#goUnsigned();
        return this.send(of, action, signal, request);
      }
      const context: S3Request = { of, action, region, endpoint: this.#options.endpoint, signing };
      const other = otherRegion(error, region);
      if (other !== undefined) {
        this.#regions.set(bucket, other);
        throw wrongRegion(context, other);
      }
      const failure = s3Error(error, context);
      // The chain may find credentials next time: a token was renewed, a metadata service has come up.
      if (signing === 'fallback' && failure.code === 'SQ5004') this.#unsigned = false;
      throw failure;
    }
  }

  close(): void {
    for (const client of this.#clients.values()) client.destroy();
    this.#clients.clear();
    this.#pool = undefined;
  }

  #mayGoUnsigned(): boolean {
    return this.#options.anonymous === undefined && this.#options.credentials === undefined;
  }

  #goUnsigned(): void {
    this.#unsigned = true;
    if (this.#noticed) return;
    this.#noticed = true;
    this.#options.onNotice?.(
      'no AWS credentials were found: S3 is read with unsigned requests, which only public buckets answer',
    );
  }

  #client(sdk: Sdk, region: string): S3Client {
    const key = this.#unsigned ? `${region} unsigned` : region;
    const known = this.#clients.get(key);
    if (known) return known;
    const client = new sdk.S3Client({ ...this.#config(), region });
    this.#pool = client.config.requestHandler;
    this.#clients.set(key, client);
    return client;
  }

  /** The configured region; else what the SDK finds in environment and config files; else S3's own default. */
  async #homeRegion(sdk: Sdk, of: Subject): Promise<string> {
    if (this.#options.region !== undefined) return this.#options.region;
    if (this.#home !== undefined) return this.#home;
    const client = new sdk.S3Client(this.#config());
    this.#pool = client.config.requestHandler;
    try {
      this.#home = await client.config.region();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      if (error.message !== 'Region is missing') {
        throw storageError('SQ5006', `the AWS region cannot be determined: ${redact(error.message)}`, {
          hint: 'give the region, or set AWS_REGION',
          details: about(of),
        });
      }
      this.#home = DEFAULT_REGION;
    }
    return this.#home;
  }

  #config(): S3ClientConfig {
    const { endpoint, forcePathStyle, profile, credentials, connections = 64 } = this.#options;
    const agent = { maxSockets: connections, keepAlive: true };
    return {
      maxAttempts: 1,
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      // With "Expect: 100-continue" the SDK opens a new connection for every large body.
      expectContinueHeader: false,
      followRegionRedirects: false,
      requestHandler: this.#pool ?? {
        connectionTimeout: this.#options.connectTimeoutMs ?? 5_000,
        socketTimeout: this.#options.idleTimeoutMs ?? 30_000,
        httpAgent: agent,
        httpsAgent: agent,
        logger: SILENT,
      },
      ...(endpoint !== undefined && { endpoint }),
      forcePathStyle: forcePathStyle ?? (endpoint !== undefined || environmentHasEndpoint()),
      ...(profile !== undefined && { profile }),
      ...(credentials !== undefined && { credentials }),
      ...(this.#unsigned && UNSIGNED),
    };
  }
}

/** The SDK takes an endpoint from these too, and such a server rarely has a host name for every bucket. */
const environmentHasEndpoint = () => Boolean(process.env.AWS_ENDPOINT_URL_S3 || process.env.AWS_ENDPOINT_URL);

const nothing = () => undefined;
const SILENT = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };

const UNSIGNED: S3ClientConfig = {
  credentials: { accessKeyId: '', secretAccessKey: '' },
  signer: { sign: async (request) => request },
};
