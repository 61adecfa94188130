import { asSquallError, toWireError } from '../common/errors.ts';
import { enterFailure } from '../invoke/journal.ts';
import { type TaskEvent, type TreeChild, type TreeShare, unrun } from '../invoke/messages.ts';
import { pack } from '../invoke/pack.ts';
import { untilTaken } from '../invoke/throttle.ts';
import { PROTOCOL_VERSION } from '../operators/task.ts';
import { expectManyListeners } from '../storage/abort.ts';
import { startDeadline } from './deadline.ts';
import type { FunctionHost, Self, TaskStores } from './host.ts';

/**
 * Sends every other task of a share to an instance of this very function. A task that cannot be sent is entered in its journal as
 * failed, so that the driver need not wait for it; the driver can send it, even if this function may not.
 */
export async function invokeOthers(share: TreeShare, waitedMs: number, host: FunctionHost): Promise<void> {
  if (share.others.length === 0) return;
  const deadline = startDeadline(host.clock, share.deadline + waitedMs);
  expectManyListeners(deadline.signal);
  const stores = host.openStores(share.storage);
  try {
    const self = await host.openSelf();
    try {
      const send = (child: TreeChild) => sent(child, waitedMs, { host, self, signal: deadline.signal });
      await Promise.all(share.others.map((child) => send(child).catch((error) => refused(child, error, stores))));
    } finally {
      self.lambda.close();
    }
  } catch (error) {
    await Promise.all(share.others.map((child) => refused(child, error, stores)));
  } finally {
    deadline.stop();
  }
}

interface Sending {
  readonly host: FunctionHost;
  readonly self: Self;
  readonly signal: AbortSignal;
}

async function sent({ of, event }: TreeChild, sinceMs: number, { host, self, signal }: Sending): Promise<void> {
  const { clock, random } = host;
  const { lambda, functionName } = self;
  const packed: TaskEvent =
    'task' in event && typeof event.task === 'string' ? { ...event, task: pack(event.task) } : event;
  const send = (waitedMs: number) => {
    const payload = Buffer.from(JSON.stringify({ ...packed, waitedMs: sinceMs + waitedMs }));
    return lambda.invoke({ functionName, payload, type: 'Event', signal });
  };
  await untilTaken(send, { functionName, of, clock, random, signal });
}

async function refused({ of }: TreeChild, thrown: unknown, stores: TaskStores): Promise<void> {
  const error = { ...toWireError(asSquallError(thrown)), retryable: true };
  const resolve = (uri: string) => stores.resolve(uri);
  await enterFailure(unrun(of, PROTOCOL_VERSION, error), of, { resolve });
}
