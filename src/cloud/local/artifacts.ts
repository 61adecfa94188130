import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvokeError } from '../../common/errors.ts';

/** What the build leaves in `dist/`, as absolute paths. */
export interface Artifacts {
  /** Folder of the worker bundle, the code of the function: `index.mjs` exports `handler`. */
  readonly worker: string;
  /** The runtime that runs the bundle in the embedded cloud. */
  readonly bootstrap: string;
}

/** Where the build is, seen from this file: in the nearest folder above that has a package.json. Throws SQ6020 before a build. */
export function artifacts(from: string = import.meta.url): Artifacts {
  const root = packageRoot(dirname(fileURLToPath(from)));
  const built = {
    worker: join(root, 'dist', 'worker'),
    bootstrap: join(root, 'dist', 'bootstrap', 'bootstrap.mjs'),
  };
  for (const path of [join(built.worker, 'index.mjs'), built.bootstrap]) {
    if (!existsSync(path)) {
      throw new InvokeError('SQ6020', `the function bundle is not built: ${path} is missing`, {
        hint: 'run `npm run build`',
      });
    }
  }
  return built;
}

function packageRoot(folder: string): string {
  for (let here = folder; ; here = dirname(here)) {
    if (existsSync(join(here, 'package.json'))) return here;
    if (dirname(here) === here) {
      throw new InvokeError('SQ6020', `no package.json above ${folder}`, { hint: 'install the squall package again' });
    }
  }
}
