import type { Case } from '../cases.ts';
import { outcome, pattern, quoted, tally } from '../harness.ts';
import { begin, complete, part } from './uploads.ts';

const OTHER = quoted('0'.repeat(32));
const WRITERS = 16;
const ROUNDS = 20;

/** S3 answers a loser with one of these. */
const LOST = /^(412 PreconditionFailed|409 ConditionalRequestConflict)$/;

/** What came of a race, and whether the bytes that are left are those of the one who won. */
function race(outcomes: readonly string[], isLeft: (writer: number) => boolean) {
  const lost = outcomes.filter((one) => LOST.test(one)).length;
  const won = outcomes.filter((one) => one === '200').length;
  return { won, lost, left: won === 1 && isLeft(outcomes.indexOf('200')) };
}

const ONE_WINS = { won: 1, lost: WRITERS - 1, left: true };

const writers = Array.from({ length: WRITERS }, (_, i) => i);
const bodyOf = (writer: number) => pattern(20_000, writer + 100);

export const CONDITIONAL_WRITES: readonly Case[] = [
  {
    name: 'conditional write: If-None-Match * makes, and never overwrites',
    expected: { made: '200', again: '412 PreconditionFailed', kept: 'first', afterDelete: '200' },
    run: async ({ put, text, remove }) => {
      const attempt = (body: string) => outcome(put('k', body, { IfNoneMatch: '*' }));
      const made = await attempt('first');
      const again = await attempt('second');
      const kept = await text('k');
      await remove('k');
      return { made, again, kept, afterDelete: await attempt('third') };
    },
  },
  {
    name: 'conditional write: If-None-Match * by 16 writers at once, 20 times: one wins, its bytes stay',
    expected: Array(ROUNDS).fill(ONE_WINS),
    run: async ({ put, read }) => {
      const rounds = [];
      for (let round = 0; round < ROUNDS; round++) {
        const key = `race/${round}`;
        const outcomes = await Promise.all(writers.map((i) => outcome(put(key, bodyOf(i), { IfNoneMatch: '*' }))));
        const left = await read(key);
        rounds.push(race(outcomes, (i) => bodyOf(i).equals(left)));
      }
      return rounds;
    },
  },
  {
    name: 'conditional write: If-Match of the ETag that is there, of another, of an absent key',
    expected: { held: '200', stale: '412 PreconditionFailed', absent: '404 NoSuchKey', text: 'second' },
    run: async ({ put, text }) => {
      const { ETag } = await put('k', 'first');
      return {
        held: await outcome(put('k', 'second', { IfMatch: ETag })),
        stale: await outcome(put('k', 'third', { IfMatch: ETag })),
        absent: await outcome(put('absent', 'body', { IfMatch: ETag })),
        text: await text('k'),
      };
    },
  },
  {
    name: 'conditional write: If-Match by 16 writers at once: one wins, its bytes stay',
    expected: ONE_WINS,
    run: async ({ put, read }) => {
      const { ETag } = await put('k', 'first');
      const outcomes = await Promise.all(writers.map((i) => outcome(put('k', bodyOf(i), { IfMatch: ETag }))));
      const left = await read('k');
      return race(outcomes, (i) => bodyOf(i).equals(left));
    },
  },
  {
    name: 'conditional write: If-Match counts without a lost update: 8 writers, 5 times each',
    expected: { count: '40', counted: 40 },
    run: async ({ put, get }) => {
      await put('k', '0');
      const increment = async (): Promise<boolean> => {
        for (let attempt = 0; attempt < 100; attempt++) {
          const { ETag, Body } = await get('k');
          const next = Number(await Body?.transformToString()) + 1;
          const answer = await outcome(put('k', String(next), { IfMatch: ETag }));
          if (answer === '200') return true;
          if (!LOST.test(answer)) throw new Error(answer);
        }
        return false;
      };
      const counted = await Promise.all(
        Array.from({ length: 8 }, async () => {
          let successes = 0;
          while (successes < 5 && (await increment())) successes++;
          return successes;
        }),
      );
      return {
        count: await (await get('k')).Body?.transformToString(),
        counted: counted.reduce((sum, one) => sum + one, 0),
      };
    },
  },
  {
    name: 'conditional complete: If-None-Match * makes, and never overwrites',
    expected: { made: '200', refused: '412 PreconditionFailed', kept: 'first' },
    run: async (subject) => {
      const attempt = async (body: string) => {
        const upload = await begin(subject);
        const one = await part(subject, upload, 1, Buffer.from(body));
        return outcome(complete(subject, upload, [one], { IfNoneMatch: '*' }));
      };
      return { made: await attempt('first'), refused: await attempt('second'), kept: await subject.text('k') };
    },
  },
  {
    name: 'conditional complete: If-None-Match * by 16 uploads at once: one wins, its bytes stay',
    expected: ONE_WINS,
    run: async (subject) => {
      const begun = await Promise.all(
        writers.map(async (i) => {
          const upload = await begin(subject);
          return { upload, one: await part(subject, upload, 1, bodyOf(i)) };
        }),
      );
      const outcomes = await Promise.all(
        begun.map(({ upload, one }) => outcome(complete(subject, upload, [one], { IfNoneMatch: '*' }))),
      );
      const left = await subject.read('k');
      return race(outcomes, (i) => bodyOf(i).equals(left));
    },
  },
  {
    name: 'conditional complete: If-Match of the ETag that is there, of another',
    expected: { stale: '412 PreconditionFailed', kept: 'first', held: '200', text: 'second' },
    run: async (subject) => {
      const { ETag } = await subject.put('k', 'first');
      const attempt = async (IfMatch: string | undefined) => {
        const upload = await begin(subject);
        const one = await part(subject, upload, 1, Buffer.from('second'));
        return outcome(complete(subject, upload, [one], { IfMatch }));
      };
      const stale = await attempt(OTHER);
      const kept = await subject.text('k');
      return { stale, kept, held: await attempt(ETag), text: await subject.text('k') };
    },
  },
  {
    name: 'conditional write: PUT and complete race for one key: one wins',
    expected: ONE_WINS,
    run: async (subject) => {
      const upload = await begin(subject);
      const one = await part(subject, upload, 1, bodyOf(0));
      const outcomes = await Promise.all([
        outcome(complete(subject, upload, [one], { IfNoneMatch: '*' })),
        ...writers.slice(1).map((i) => outcome(subject.put('k', bodyOf(i), { IfNoneMatch: '*' }))),
      ]);
      const left = await subject.read('k');
      return race(outcomes, (i) => bodyOf(i).equals(left));
    },
  },
  {
    name: 'unconditional writes race: all succeed, one stays whole',
    expected: { outcomes: { 200: WRITERS }, whole: true },
    run: async ({ put, read }) => {
      const outcomes = await tally(writers.map((i) => put('k', bodyOf(i))));
      const left = await read('k');
      return { outcomes, whole: writers.some((i) => bodyOf(i).equals(left)) };
    },
  },
];
