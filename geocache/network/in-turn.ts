export type InTurn = {
  <T>(key: string, work: () => Promise<T>): Promise<T>;
  isBusy(key: string): boolean;
};

/** Work under one key runs one after another, whatever became of the work before. */
export function createInTurn(): InTurn {
  const last = new Map<string, Promise<unknown>>();
  const run = <T>(key: string, work: () => Promise<T>): Promise<T> => {
    const turn = (last.get(key) ?? Promise.resolve()).then(work, work);
    last.set(key, turn);
    return turn.finally(() => {
      if (last.get(key) === turn) last.delete(key);
    });
  };
  return Object.assign(run, { isBusy: (key: string) => last.has(key) });
}
