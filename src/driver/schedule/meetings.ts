import { ResourceError } from '../../common/errors.ts';
import { RendezvousServer } from '../../exchange/direct/rendezvous-server.ts';
import type { LinkGang } from '../../operators/task.ts';
import type { ScheduleOptions } from './schedule-options.ts';

/** A pair that is not connected after so long goes through the store, ms. */
const CONNECT_MS = 5_000;
/** Bytes of the secret that the tasks of a gang share. */
const KEY_BYTES = 32;

/** Where the tasks of a query's gangs meet: a server in this process, which the first gang starts, or a prefix of the store. */
export class Meetings {
  readonly #options: Pick<ScheduleOptions, 'query' | 'cloud' | 'scratch'>;
  #opening: Promise<RendezvousServer> | null = null;
  #server: RendezvousServer | null = null;

  constructor(options: Pick<ScheduleOptions, 'query' | 'cloud' | 'scratch'>) {
    this.#options = options;
  }

  /** A gang that its tasks can join from now on. Throws ResourceError SQ4013 where functions cannot be connected. */
  async open(name: string): Promise<LinkGang> {
    const { query, cloud, scratch } = this.#options;
    const { links, random } = cloud;
    const folder = scratch.gang(name);
    const gang = { id: `${query}.${name}`, key: random.bytes(KEY_BYTES), connectMs: CONNECT_MS };
    if (links?.kind === 'driver') {
      this.#opening ??= RendezvousServer.open({ host: links.host });
      this.#server = await this.#opening;
      this.#server.admit(gang);
      const { port } = this.#server;
      return { ...gang, rendezvous: { kind: 'driver', host: links.host, port }, fallback: `${folder}fallback/` };
    }
    if (links?.kind === 'store') {
      scratch.mayExistBelow(folder);
      const rendezvous = { kind: 'store', prefix: `${folder}meet/`, echo: links.echo } as const;
      return { ...gang, rendezvous, fallback: `${folder}fallback/` };
    }
    throw new ResourceError('SQ4013', `functions of the target ${cloud.target} cannot be connected`, {
      hint: 'set exchange to objects',
    });
  }

  /** The gang has ended, or is given up: who still runs fails at once. */
  dismiss({ id }: LinkGang, reason: string): void {
    this.#server?.dismiss(id, reason);
  }

  /** Called when no gang is being opened any more. */
  async close(): Promise<void> {
    await this.#server?.close();
  }
}
