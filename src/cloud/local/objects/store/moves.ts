let changes = 0;

/** Runs `move`, which takes an object from one name to another in the eyes of a listing. */
export async function moving(move: () => Promise<void>): Promise<void> {
  changes++;
  try {
    await move();
  } finally {
    changes++;
  }
}

/**
 * What `read` answers when nothing moves meanwhile: a directory that is read while a file in it changes its name may show
 * neither name, and a listing without an object that was there all the time is wrong.
 */
export async function whileNothingMoves<T>(read: () => Promise<T>): Promise<T> {
  for (;;) {
    const before = changes;
    const result = await read();
    if (changes === before) return result;
  }
}
