import { HeadObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { Case } from '../cases.ts';
import { outcome, type Subject } from '../harness.ts';

/** Each written with its own name as body; names that differ in little are together, so that a mix-up shows. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  'spaces and plus signs': ['a b', 'a+b', 'a%20b', 'a%2Bb', 'a  b', ' a', 'a '],
  'percent signs': ['100%', '%', '%%', '%zz', 'a%2Fb', 'a%2fb', '%00', '%~x', '%+x', '%=x', '%C3%A9'],
  'characters of XML': ['<a>', 'a&b', 'a&amp;b', '"a"', "'a'", ']]>', '<!--'],
  'characters of URLs': [
    'a?b',
    'a#b',
    'a=b&c',
    'a;b',
    'a:b',
    'a@b',
    'a,b',
    '$a',
    '!a',
    '*',
    '(a)',
    '~a',
    'a|b',
    'a\\b',
    '{a}',
  ],
  'UTF-8': ['é', 'e\u0301', 'ß', '日本語', '😀', 'Ωmega', '\u00A0', '\uFEFFa'],
  'upper and lower case': ['k', 'K', 'key', 'KEY', 'Key'],
  slashes: ['a', 'a/', 'a//', 'a//b', 'a/b', 'a/b/', '/', '//', '/a', '//a'],
  dots: ['.', '..', '...', './a', '../a', 'a/.', 'a/..', 'a/../b', 'a/./b', '.hidden', 'a.', '../../../../etc/x'],
  'a key beside those below it': ['x', 'x/', 'x/y', 'x/y/', 'x/y/z', 'x/y/z/w'],
  'names some file systems keep for themselves': [
    'con',
    'nul',
    'aux.txt',
    'a:stream',
    '~',
    '.git/config',
    '__proto__',
    'constructor',
  ],
  'long names': ['n'.repeat(255), 'n'.repeat(256), 'n'.repeat(1_024), 'é'.repeat(512), `${'d/'.repeat(500)}k`],
};

async function found({ client, bucket }: Subject): Promise<(string | undefined)[]> {
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
  return Contents.map(({ Key }) => Key);
}

const inByteOrder = (keys: readonly string[]) =>
  [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

const roundTrip = (name: string, keys: readonly string[]): Case => ({
  name: `keys: ${name}`,
  expected: { read: keys, sized: keys.map((key) => Buffer.byteLength(key)), listed: inByteOrder(keys), left: [] },
  run: async (subject) => {
    const { client, bucket } = subject;
    for (const key of keys) await subject.put(key, key);
    const read = [];
    const sized = [];
    for (const key of keys) {
      read.push(await subject.text(key));
      sized.push((await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }))).ContentLength);
    }
    const listed = await found(subject);
    for (const key of keys) await subject.remove(key);
    return { read, sized, listed, left: await found(subject) };
  },
});

export const KEYS: readonly Case[] = [
  ...Object.entries(NAMES).map(([name, keys]) => roundTrip(name, keys)),
  {
    name: 'keys: over 1,024 bytes are refused',
    expected: { ascii: '400 KeyTooLongError', utf8: '400 KeyTooLongError' },
    run: async ({ put }) => ({
      ascii: await outcome(put('n'.repeat(1_025), '')),
      utf8: await outcome(put('é'.repeat(513), '')),
    }),
  },
];
