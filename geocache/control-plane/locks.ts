/** Lets one piece of work at a time touch a named thing; the others wait in the order in which they came. */
export type Locks = { exclusive<T>(name: string, work: () => Promise<T>): Promise<T> };

export function createLocks(): Locks {
  const tails = new Map<string, Promise<unknown>>();
  return {
    exclusive(name, work) {
      const before = tails.get(name) ?? Promise.resolve();
      const mine = before.then(work, work);
      const tail = mine.catch(() => undefined);
      tails.set(name, tail);
      void tail.then(() => tails.get(name) === tail && tails.delete(name));
      return mine;
    },
  };
}
