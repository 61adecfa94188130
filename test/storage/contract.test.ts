import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileObjectStore } from '../../src/storage/file.ts';
import { MemoryObjectStore } from '../../src/storage/memory.ts';
import { storageContract } from './contract.ts';

storageContract(
  'memory',
  async () => ({
    store: new MemoryObjectStore(),
    bucket: 'b',
    prefix: 'some/prefix/',
    close: async () => undefined,
  }),
  { metadata: true, anyKey: true },
);

storageContract('file', async () => {
  const folder = await mkdtemp(join(await realpath(tmpdir()), 'squall-contract-'));
  return {
    store: new FileObjectStore(),
    bucket: '',
    prefix: `${folder.slice(1)}/`,
    close: () => rm(folder, { recursive: true }),
  };
});
