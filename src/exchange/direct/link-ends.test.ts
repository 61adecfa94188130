import { type Duplex, duplexPair } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { ExecutionError } from '../../common/errors.ts';
import { creditOf, endFrame, FRAME, numberFrame, pieceFrame, signalFrame } from './frames.ts';
import { LinkReceiver, type ReceivedPiece } from './link-receiver.ts';
import { LinkSender } from './link-sender.ts';

const NAME = 'stage 1 task 0 -> stage 2 task 0';
const turn = () => new Promise((resolve) => setImmediate(resolve));
const settle = async () => {
  for (let i = 0; i < 10; i++) await turn();
};

/** A link without sockets: both ends, or one of them and the bare other side. */
function sender(socket: Duplex) {
  const events: string[] = [];
  const end = new LinkSender(socket, {
    name: NAME,
    onAccepted: () => events.push('accepted'),
    onClosed: () => events.push('closed'),
    onLost: (error) => events.push(error.message),
  });
  return { end, events };
}

function receiver(socket: Duplex, window = 1_000) {
  const events: string[] = [];
  const pieces: ReceivedPiece[] = [];
  const end = new LinkReceiver(socket, {
    name: NAME,
    window,
    onPiece: (piece) => pieces.push(piece),
    onEnd: () => events.push('ended'),
    onLost: (error) => events.push(error.message),
  });
  return { end, events, pieces };
}

function link(window?: number) {
  const [one, other] = duplexPair();
  return { from: sender(one), to: receiver(other, window), wire: { one, other } };
}

describe('a link', () => {
  it('delivers pieces and verifies its end', async () => {
    const { from, to } = link();
    await settle();
    await from.end.send(new Uint8Array([1, 2]), 3);
    await from.end.send(new Uint8Array(0), 0);
    await from.end.end();
    expect(to.pieces.map(({ bytes, rows }) => [[...bytes], rows])).toEqual([
      [[1, 2], 3],
      [[], 0],
    ]);
    await settle();
    expect(to.events).toEqual(['ended']);
    expect(from.events).toEqual(['accepted', 'closed']);
  });

  it('takes no more than its window and one piece from a producer whose consumer is slow', async () => {
    const window = 10_000;
    const { from, to } = link(window);
    await settle();
    const piece = new Uint8Array(3_000);
    let sent = 0;
    const sending = (async () => {
      for (let i = 0; i < 20; i++) {
        await from.end.send(piece, 1);
        sent++;
      }
    })();
    let released = 0;
    while (sent < 20) {
      await settle();
      const waiting = to.pieces.length - released;
      expect(waiting * creditOf(piece.length)).toBeLessThan(window + creditOf(piece.length));
      expect(sent - released).toBeLessThanOrEqual(4);
      to.pieces[released++]!.release();
    }
    await sending;
    expect(to.pieces).toHaveLength(20);
  });

  it('lets a piece pass that is larger than its window', async () => {
    const { from, to } = link(10);
    await settle();
    await from.end.send(new Uint8Array(5_000), 1);
    const second = from.end.send(new Uint8Array(1), 1);
    await settle();
    expect(to.pieces).toHaveLength(1);
    to.pieces[0]!.release();
    await second;
    await settle();
    expect(to.pieces).toHaveLength(2);
  });

  it('counts empty pieces against the window too', async () => {
    const { from } = link(90);
    await settle();
    let sent = 0;
    for (let i = 0; i < 100; i++) void from.end.send(new Uint8Array(0), 0).then(() => sent++);
    await settle();
    expect(sent).toBe(10);
  });

  it('tells the producer that no more rows are wanted', async () => {
    const { from, to } = link(10);
    await settle();
    await from.end.send(new Uint8Array(100), 1);
    const waiting = from.end.send(new Uint8Array(100), 1);
    to.end.stop();
    await waiting;
    await from.end.send(new Uint8Array(100), 1);
    await from.end.end();
    await settle();
    expect(from.end.stopped).toBe(true);
    expect(from.events).toEqual(['accepted', 'closed']);
    expect(to.events).toEqual([]);
  });

  it.each(['from', 'to'] as const)('carries what the end "%s" failed with to the other', async (which) => {
    const ends = link(10);
    await settle();
    void ends.from.end.send(new Uint8Array(100), 1);
    const waiting = ends.from.end.send(new Uint8Array(100), 1);
    const [failing, other] = which === 'from' ? [ends.from, ends.to] : [ends.to, ends.from];
    void failing.end.fail(new ExecutionError('SQ3003', 'division by zero'));
    await settle();
    failing.end.destroy('over');
    await waiting;
    await settle();
    expect(other.events.filter((event) => event !== 'accepted' && event !== 'closed')).toEqual(['division by zero']);
  });
});

describe('a producer', () => {
  it('sends nothing over a connection that was not accepted, and its loss is no harm', async () => {
    const [one, other] = duplexPair();
    const { end, events } = sender(one);
    await end.send(new Uint8Array(5), 1);
    expect(other.read()).toBeNull();
    other.destroy();
    one.destroy();
    await settle();
    expect(events).toEqual(['closed']);
  });

  it.each([
    ['a second acceptance', numberFrame(FRAME.accept, 5), 'it was accepted twice'],
    ['a confirmation before the end', signalFrame(FRAME.done), 'it was done before its end'],
    ['credit without a number', signalFrame(FRAME.credit), 'a credit that is no number'],
    ['a frame that only producers send', pieceFrame(new Uint8Array(1), 1), 'a frame of kind 2'],
  ])('refuses %s', async (_what, bytes, why) => {
    const [one, other] = duplexPair();
    const { events } = sender(one);
    other.write(numberFrame(FRAME.accept, 5));
    other.write(bytes);
    await settle();
    expect(events).toEqual(['accepted', `the link ${NAME} delivered something else than was sent: ${why}`, 'closed']);
  });
});

describe('a consumer', () => {
  const lost = (why: string) => `the link ${NAME} is lost: ${why}`;
  const mismatch = (why: string) => `the link ${NAME} delivered something else than was sent: ${why}`;

  it.each([
    ['closed before its end', [pieceFrame(new Uint8Array(2), 1)], lost('it was closed')],
    ['closed within a piece', [pieceFrame(new Uint8Array(2), 1).subarray(0, 8)], lost('it was closed within a frame')],
    [
      'a row short',
      [pieceFrame(new Uint8Array(2), 1), endFrame({ rows: 2, bytes: 2, pieces: 1 })],
      mismatch('1 rows in 2 bytes and 1 pieces came, 2 rows in 2 bytes and 1 pieces were sent'),
    ],
    [
      'a piece too long',
      [pieceFrame(new Uint8Array(2), 1), pieceFrame(new Uint8Array(0), 0), endFrame({ rows: 1, bytes: 2, pieces: 1 })],
      mismatch('1 rows in 2 bytes and 2 pieces came, 1 rows in 2 bytes and 1 pieces were sent'),
    ],
    ['without counts', [signalFrame(FRAME.end)], mismatch('an end without its counts')],
    ['of pieces without rows', [signalFrame(FRAME.piece)], mismatch('a piece without its rows')],
    ['of other frames', [signalFrame(FRAME.done)], mismatch('a frame of kind 5')],
    ['of no frames', [Buffer.alloc(5, 0xff)], lost('a frame of 4294967295 bytes')],
  ])('never takes a link for complete that is %s', async (_what, frames, why) => {
    const [one, other] = duplexPair();
    const { events } = receiver(other);
    for (const frame of frames) one.write(frame);
    one.end();
    await settle();
    expect(events).toEqual([why]);
  });

  it('says what a reset connection was closed with', async () => {
    const [one, other] = duplexPair();
    const { events } = receiver(other);
    other.destroy(new Error('read ECONNRESET'));
    await settle();
    expect(events).toEqual([lost('read ECONNRESET')]);
    one.destroy();
  });
});

describe('an end that nothing comes from', () => {
  it('is taken for dead after so many beats, and not before', async () => {
    const [one, other] = duplexPair();
    const { end, events } = receiver(other);
    for (let beat = 0; beat < 3; beat++) end.tick(3);
    await settle();
    expect(events).toEqual([]);
    one.write(signalFrame(FRAME.beat));
    await settle();
    for (let beat = 0; beat < 4; beat++) end.tick(3);
    await settle();
    expect(events).toEqual([`the link ${NAME} is lost: nothing has come from it for too long`]);
  });

  it('is not one that has nothing to say: each end shows that it is alive', async () => {
    const { from, to } = link();
    await settle();
    for (let beat = 0; beat < 10; beat++) {
      from.end.tick(2);
      to.end.tick(2);
      await settle();
    }
    expect([from.events, to.events]).toEqual([['accepted'], []]);
  });
});
