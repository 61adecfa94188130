import type { AttemptId, StageId, TaskId } from '../../common/ids.ts';
import type { Address } from './dial.ts';
import type { Endpoint } from './endpoint.ts';
import type { LinkRole } from './link-pair.ts';
import type { FallbackPart, Verdict } from './meeting.ts';

/** What a task of a gang says to the rendezvous. The first message of each connection is `hello`. */
export type MemberMessage =
  | {
      readonly kind: 'hello';
      readonly from: StageId;
      readonly to: StageId;
      readonly role: LinkRole;
      readonly task: TaskId;
      readonly attempt: AttemptId;
      /** Round 0 is the connection that messages go over; each later round's only shows another port. */
      readonly round: number;
      readonly own: string;
      readonly listens: number | null;
      readonly peers: readonly TaskId[];
    }
  | { readonly kind: 'tell'; readonly task: TaskId; readonly letter: Letter }
  /** All that others need is told: what closes now is no loss. */
  | { readonly kind: 'bye' };

/** What the rendezvous says. */
export type RendezvousMessage =
  | { readonly kind: 'welcome'; readonly seen: Address }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'peer'; readonly task: TaskId; readonly round: number; readonly endpoint: Endpoint }
  | { readonly kind: 'told'; readonly task: TaskId; readonly letter: Letter }
  /** A peer's connection was closed without a bye. */
  | { readonly kind: 'gone'; readonly task: TaskId }
  | { readonly kind: 'dismissed'; readonly why: string };

/** What the ends of a pair tell each other through the rendezvous. */
export type Letter =
  | { readonly about: 'verdict'; readonly verdict: Verdict }
  | { readonly about: 'fallback'; readonly part: FallbackPart };
