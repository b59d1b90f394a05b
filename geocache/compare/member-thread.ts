import { parentPort } from "node:worker_threads";
import { messageOf } from "../../base/errors.ts";
import { Tally, type Tallied } from "./digest/tally.ts";
import { ByteSource } from "./snapshot/byte-source.ts";
import { readSnapshot } from "./snapshot/rdb-reader.ts";
import { RingReader, type Ring } from "./snapshot/ring.ts";

/** One snapshot to be summed up. */
export type TallyJob = { readonly ring: Ring; readonly cutoffMs: number; readonly interest: Uint8Array };
export type TallyAnswer = { readonly tallied: Tallied; readonly snapshotBytes: number } | { readonly failed: string };

/** A thread of its own for each member: parsing is what takes the time, and it may block. */
parentPort?.on("message", (job: TallyJob) => parentPort?.postMessage(answer(job)));

function answer({ ring, cutoffMs, interest }: TallyJob): TallyAnswer {
  try {
    const reader = new RingReader(ring);
    const source = new ByteSource((into, from) => reader.read(into, from));
    const tally = new Tally({ cutoffMs, interest });
    readSnapshot(source, tally);
    return { tallied: tally.result(), snapshotBytes: source.position };
  } catch (error) {
    return { failed: messageOf(error) };
  }
}
