/**
 * Sequence numbers reserved on disk before they are used, so that a process killed at any instant never uses a
 * number twice: its successor starts above everything reserved.
 */
export type SeqBlocks = { next(writer: string): number | undefined };

type SeqBlocksOptions = {
  /** The highest number reserved so far, by writer. */
  readonly reserved: Readonly<Record<string, number>>;
  readonly blockSizes: Readonly<Record<string, number>>;
  readonly persist: (reserved: Readonly<Record<string, number>>) => Promise<void>;
  readonly onError: (error: unknown) => void;
};

/** Reserves the first block of every writer, then each next one when half of the last is used. */
export async function openSeqBlocks(options: SeqBlocksOptions): Promise<SeqBlocks> {
  const used: Record<string, number> = {};
  let reserved: Readonly<Record<string, number>> = options.reserved;
  let reserving = false;

  async function reserve(): Promise<void> {
    const wanted: Record<string, number> = { ...reserved };
    for (const [writer, size] of Object.entries(options.blockSizes)) {
      const last = used[writer] ?? 0;
      wanted[writer] = Math.max(reserved[writer] ?? 0, last + size);
    }
    await options.persist(wanted);
    reserved = wanted;
  }
  function reserveSoon(): void {
    if (reserving) return;
    reserving = true;
    reserve()
      .catch(options.onError)
      .finally(() => {
        reserving = false;
      });
  }
  for (const writer of Object.keys(options.blockSizes)) used[writer] = options.reserved[writer] ?? 0;
  await reserve();
  return {
    next(writer) {
      const seq = (used[writer] ?? 0) + 1;
      const left = (reserved[writer] ?? 0) - seq;
      if (left < (options.blockSizes[writer] ?? 0) / 2) reserveSoon();
      if (left < 0) return undefined;
      used[writer] = seq;
      return seq;
    },
  };
}
