import { Command, InvalidArgumentError, Option } from 'commander';
import { type GenerateProgress, type GenerateResult, generate, TPCH_TABLES, type TpchTable } from '../../tpch/index.ts';
import { openStorage } from '../index.ts';
import { listenForInterrupt } from './interrupt.ts';
import { addConfigOptions, configOptions, STORAGE_KEYS, wholeNumberFrom } from './options.ts';
import { rewritable } from './progress.ts';
import { bytesText, countText } from './units.ts';

interface GenFlags {
  readonly sf: number;
  readonly format: 'parquet' | 'tbl';
  readonly out: string;
  readonly tables?: readonly TpchTable[];
  readonly compression: 'snappy' | 'zstd';
  readonly rowGroupRows?: number;
  readonly rowsPerFile?: number;
  readonly threads?: number;
}

const BAR = 24;

export function tpchGenCommand(): Command {
  const gen = new Command('gen')
    .description('generate the TPC-H tables, bit-exact with the reference dbgen')
    .requiredOption('--sf <n>', 'scale factor: 1 is about 1 GB of text, 0.3 GB of Parquet', scaleFactor)
    .addOption(new Option('--format <name>', 'output format').choices(['parquet', 'tbl']).default('parquet'))
    .requiredOption('--out <uri>', 'directory or s3://bucket/prefix')
    .option('--tables <names>', `comma-separated; default: all of ${TPCH_TABLES.join(', ')}`, tableNames)
    .addOption(new Option('--compression <name>', 'of Parquet').choices(['snappy', 'zstd']).default('snappy'))
    .option('--row-group-rows <n>', 'most rows of a row group; default: 122880', wholeNumberFrom(1))
    .option('--rows-per-file <n>', 'about the most rows of a Parquet file; default: 750000', wholeNumberFrom(1))
    .option('--threads <n>', 'threads; default: the cores, at most 4', wholeNumberFrom(1));
  return addConfigOptions(gen, STORAGE_KEYS).action(run);
}

async function run(flags: GenFlags): Promise<void> {
  const { sf, out, rowGroupRows, rowsPerFile, threads, tables, ...rest } = flags;
  const storage = await openStorage(configOptions(flags as unknown as Record<string, unknown>, STORAGE_KEYS));
  const interrupt = listenForInterrupt();
  const bar = await rewritable(process.stderr);
  const startedAt = performance.now();
  try {
    const { store, location } = storage.stores.resolve(out.endsWith('/') ? out : `${out}/`);
    const result = await generate({
      scale: sf,
      format: rest.format,
      compression: rest.compression,
      store,
      base: location,
      signal: interrupt.signal,
      onProgress: (progress) => bar?.(progressLine(progress)),
      ...(tables && { tables }),
      ...(rowGroupRows !== undefined && { rowGroupRows }),
      ...(rowsPerFile !== undefined && { rowsPerFile }),
      ...(threads !== undefined && { threads }),
    });
    bar?.clear();
    console.error(summary(result, out, (performance.now() - startedAt) / 1000));
  } finally {
    bar?.clear();
    await storage.close();
    interrupt.stop();
  }
}

function progressLine({ rows, totalRows, bytes, files, totalFiles }: GenerateProgress): string {
  const filled = Math.min(BAR, Math.floor((BAR * rows) / totalRows));
  return `${'▓'.repeat(filled)}${'░'.repeat(BAR - filled)} ${countText(rows)} rows · ${files}/${totalFiles} files · ${bytesText(bytes)}`;
}

function summary({ files, rows, bytes }: GenerateResult, out: string, seconds: number): string {
  const rate = `${countText(Math.round(rows / seconds))} rows/s · ${bytesText(bytes / seconds)}/s`;
  return `wrote ${countText(rows)} rows, ${files.length} files, ${bytesText(bytes)} to ${out} in ${seconds.toFixed(1)} s (${rate})`;
}

function scaleFactor(text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text) || Number(text) === 0)
    throw new InvalidArgumentError('a number above zero is wanted.');
  return Number(text);
}

function tableNames(text: string): readonly TpchTable[] {
  const names = text.split(',');
  const unknown = names.find((name) => !(TPCH_TABLES as readonly string[]).includes(name));
  if (unknown !== undefined) throw new InvalidArgumentError(`there is no table ${unknown}.`);
  return names as TpchTable[];
}
