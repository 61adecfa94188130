/** What a folder says of all files below it: `year=2024`. The text is null for NULL. */
export interface PathPartition {
  readonly name: string;
  readonly text: string | null;
}

const FOLDER = /^([^=]+)=([^=]*)$/;
/** Hive writes the one, DuckDB reads the other as well. */
const NULLS = /^(?:__HIVE_DEFAULT_PARTITION__|NULL)$/i;

/** The partitions that the folders of a key name, from the outermost on, as Hive lays tables out. */
export function pathPartitions(key: string): readonly PathPartition[] {
  return key
    .split('/')
    .slice(0, -1)
    .flatMap((folder) => {
      const [, name, value] = FOLDER.exec(folder) ?? [];
      if (name === undefined || value === undefined) return [];
      return [{ name, text: NULLS.test(value) ? null : percentDecoded(value) }];
    });
}

/** Hive escapes what a folder's name cannot hold; a % that begins no UTF-8 stands for itself. */
function percentDecoded(text: string): string {
  return text.replaceAll(/(?:%[0-9a-f]{2})+/gi, (escaped) => {
    const bytes = Buffer.from(escaped.replaceAll('%', ''), 'hex');
    const decoded = bytes.toString('utf8');
    return Buffer.from(decoded, 'utf8').equals(bytes) ? decoded : escaped;
  });
}
