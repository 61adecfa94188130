/**
 * How a worker or a driver reaches its stores. Plain data that travels in every Task: never credentials, they come from the
 * environment of the process (the SDK's chain).
 */
export interface StorageSettings {
  readonly s3?: S3Settings;
}

export interface S3Settings {
  /** Base URL of an S3-compatible server; absent for Amazon S3. */
  readonly endpoint?: string;
  readonly region?: string;
  /** `http://host/bucket/key` instead of `http://bucket.host/key`; the default is true when `endpoint` is given. */
  readonly forcePathStyle?: boolean;
  /** Unsigned requests, for public buckets. */
  readonly anonymous?: boolean;
  /** Regions of buckets that are known already: it saves a process the redirect that would tell. */
  readonly bucketRegions?: Readonly<Record<string, string>>;
}
