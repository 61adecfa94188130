import { nextSeed, scaled } from './random.ts';
import {
  ADJECTIVES,
  ADVERBS,
  AUXILIARIES,
  NOUN_PHRASES,
  NOUNS,
  PREPOSITIONS,
  SENTENCES,
  TERMINATORS,
  VERB_PHRASES,
  VERBS,
} from './word-lists.ts';

/** No sentence is longer. */
export const MAX_SENTENCE_BYTES = 512;

type Words = readonly Uint8Array[];

const encoder = new TextEncoder();
const endingIn = (words: readonly string[], end: string): Words => {
  const encoded = new Map(words.map((word) => [word, encoder.encode(word + end)]));
  return words.map((word) => encoded.get(word) as Uint8Array);
};

const nouns = endingIn(NOUNS, ' ');
const verbs = endingIn(VERBS, ' ');
const adjectives = endingIn(ADJECTIVES, ' ');
const listedAdjectives = endingIn(ADJECTIVES, ', ');
const adverbs = endingIn(ADVERBS, ' ');
const auxiliaries = endingIn(AUXILIARIES, ' ');
const prepositions = endingIn(PREPOSITIONS, ' the ');
const terminators = endingIn(TERMINATORS, ' ');

const parts = (phrase: string) => phrase.match(/[A-Z],?/g) as string[];
const pick =
  <T>(table: Readonly<Record<string, T>>) =>
  (phrase: string) =>
    parts(phrase).map((part) => table[part] as T);

const nounPhrases: readonly (readonly Words[])[] = NOUN_PHRASES.map(
  pick<Words>({ N: nouns, J: adjectives, 'J,': listedAdjectives, D: adverbs }),
);
const verbPhrases: readonly (readonly Words[])[] = VERB_PHRASES.map(
  pick<Words>({ V: verbs, X: auxiliaries, D: adverbs }),
);
const NOUN_PHRASE = 0;
const VERB_PHRASE = 1;
const PREPOSITION = 2;
const TERMINATOR = 3;
const sentences: readonly (readonly number[])[] = SENTENCES.map((sentence) =>
  parts(sentence).flatMap((part) => {
    switch (part) {
      case 'N':
        return [NOUN_PHRASE];
      case 'V':
        return [VERB_PHRASE];
      case 'P':
        return [PREPOSITION, NOUN_PHRASE];
      default:
        return [TERMINATOR];
    }
  }),
);

/** Writes the sentences of the reference's text, one after the other, from any point where the stream's seed is known. */
export class TextWriter {
  seed: number;
  position: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, seed: number, position: number) {
    this.#bytes = bytes;
    this.seed = seed;
    this.position = position;
  }

  /** Writes one sentence and the space after it. */
  sentence(): void {
    for (const part of this.#choose(sentences)) {
      if (part === NOUN_PHRASE) this.#phrase(nounPhrases);
      else if (part === VERB_PHRASE) this.#phrase(verbPhrases);
      else if (part === PREPOSITION) this.#word(prepositions);
      else {
        this.position--;
        this.#word(terminators);
      }
    }
  }

  #choose<T>(from: readonly T[]): T {
    this.seed = nextSeed(this.seed);
    return from[scaled(this.seed, from.length)] as T;
  }

  #phrase(phrases: readonly (readonly Words[])[]): void {
    const phrase = this.#choose(phrases);
    for (let i = 0; i < phrase.length; i++) this.#word(phrase[i] as Words);
  }

  #word(words: Words): void {
    const word = this.#choose(words);
    const bytes = this.#bytes;
    const at = this.position;
    for (let i = 0; i < word.length; i++) bytes[at + i] = word[i] as number;
    this.position = at + word.length;
  }
}
