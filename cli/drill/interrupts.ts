/** Ctrl-C, counted. */
export type Interrupts = {
  /** Resolves at the first one. */
  readonly first: Promise<void>;
  readonly happened: () => boolean;
  readonly stop: () => void;
};

/** Listens for Ctrl-C (and TERM). `onSecond` must end the process. */
export function listenForInterrupts(onSecond: () => void): Interrupts {
  let count = 0;
  const { promise: first, resolve } = Promise.withResolvers<void>();
  const heard = (): void => {
    count += 1;
    if (count === 1) resolve();
    else onSecond();
  };
  process.on("SIGINT", heard).on("SIGTERM", heard);
  return {
    first,
    happened: () => count > 0,
    stop: () => void process.off("SIGINT", heard).off("SIGTERM", heard),
  };
}
