import { InternalError } from '../../common/errors.ts';

/** Messages by subject: each comes once, and may be waited for before and after it has come. */
export class Mailbox {
  readonly #letters = new Map<string, unknown>();
  readonly #readers = new Map<string, { resolve(letter: unknown): void; reject(error: Error): void }[]>();
  readonly #failed = new Map<string, Error>();

  /** Rejects when the subject's box, the text before its `/`, has failed and the message has not come before. */
  read(subject: string): Promise<unknown> {
    if (this.#letters.has(subject)) return Promise.resolve(this.#letters.get(subject));
    const failure = this.#failed.get(boxOf(subject)) ?? this.#failed.get('');
    if (failure) return Promise.reject(failure);
    return new Promise((resolve, reject) => {
      const readers = this.#readers.get(subject) ?? [];
      readers.push({ resolve, reject });
      this.#readers.set(subject, readers);
    });
  }

  deliver(subject: string, letter: unknown): void {
    if (this.#letters.has(subject)) throw new InternalError(`${subject} was delivered twice`);
    this.#letters.set(subject, letter);
    for (const { resolve } of this.#readers.get(subject) ?? []) resolve(letter);
    this.#readers.delete(subject);
  }

  /** Nothing more will come into a box; without a name, into any. */
  fail(error: Error, box = ''): void {
    if (!this.#failed.has(box)) this.#failed.set(box, error);
    for (const [subject, readers] of this.#readers) {
      if (box !== '' && boxOf(subject) !== box) continue;
      for (const { reject } of readers) reject(error);
      this.#readers.delete(subject);
    }
  }
}

const boxOf = (subject: string) => subject.slice(0, subject.indexOf('/'));
