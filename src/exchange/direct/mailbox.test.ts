import { expect, it } from 'vitest';
import { Mailbox } from './mailbox.ts';

it('letters are read before and after they come, by everyone who asks', async () => {
  const mail = new Mailbox();
  const early = [mail.read('1/a'), mail.read('1/a')];
  mail.deliver('1/a', 'letter');
  expect(await Promise.all([...early, mail.read('1/a')])).toEqual(['letter', 'letter', 'letter']);
  expect(() => mail.deliver('1/a', 'other')).toThrow('1/a was delivered twice');
});

it('a box that has failed gives what came before, and nothing else', async () => {
  const mail = new Mailbox();
  mail.deliver('1/a', 'letter');
  const waiting = mail.read('1/b');
  const other = mail.read('2/b');
  mail.fail(new Error('gone'), '1');
  await expect(waiting).rejects.toThrow('gone');
  await expect(mail.read('1/c')).rejects.toThrow('gone');
  expect(await mail.read('1/a')).toBe('letter');
  mail.fail(new Error('over'));
  await expect(other).rejects.toThrow('over');
  await expect(mail.read('3/a')).rejects.toThrow('over');
  await expect(mail.read('1/d')).rejects.toThrow('gone');
});
