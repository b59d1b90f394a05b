import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { LifeboatError } from "../../base/errors.ts";
import type { Stamp } from "../../base/clocks.ts";
import type { Tallied } from "./digest/tally.ts";
import type { TallyAnswer, TallyJob } from "./member-thread.ts";
import { createRing, RingWriter } from "./snapshot/ring.ts";
import { openSnapshot, type OpenSnapshot, type SnapshotTarget } from "./snapshot/snapshot-connection.ts";

export type ComparedMember = SnapshotTarget & { readonly cache: string };

/** A member's data at the instant `at`. */
export type Seen = { readonly tallied: Tallied; readonly snapshotBytes: number; readonly at: Stamp };

/** The threads that parse, one for each member, for any number of looks. */
export class Lookers {
  readonly #members: readonly ComparedMember[];
  readonly #threads: readonly Worker[];

  constructor(members: readonly ComparedMember[]) {
    this.#members = members;
    const file = new URL("./member-thread.ts", import.meta.url);
    this.#threads = members.map(() => new Worker(file, { execArgv: [] }));
  }

  /** All members, each at an instant of its own, as close together as their forks. @throws UNAVAILABLE */
  async look(interest: Uint8Array): Promise<Seen[]> {
    const opened = await Promise.allSettled(this.#members.map((member) => openSnapshot(member)));
    const snapshots = opened.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    try {
      for (const one of opened) if (one.status === "rejected") throw one.reason;
      // Every fork has been made by now: what expires until here may be gone at one member and not at another.
      const cutoffMs = Date.now();
      return await Promise.all(
        snapshots.map((snapshot, index) => this.#tally(index, snapshot, { interest, cutoffMs })),
      );
    } finally {
      for (const snapshot of snapshots) snapshot.close();
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.terminate()));
  }

  async #tally(index: number, snapshot: OpenSnapshot, job: Omit<TallyJob, "ring">): Promise<Seen> {
    const [thread, member] = [this.#threads[index], this.#members[index]];
    if (thread === undefined) throw new RangeError("a member without a thread");
    const ring = createRing();
    const answered = once(thread, "message") as Promise<[TallyAnswer]>;
    thread.postMessage({ ...job, ring } satisfies TallyJob);
    const fed = feed(snapshot, new RingWriter(ring));
    const [answer] = await answered;
    snapshot.close();
    await fed;
    if ("tallied" in answer) return { ...answer, at: snapshot.at };
    throw new LifeboatError("UNAVAILABLE", `the snapshot of ${member?.cache} cannot be read: ${answer.failed}`);
  }
}

/** Until the snapshot is closed, which is how it ends when all went well. The reader finds out what is missing. */
async function feed(snapshot: OpenSnapshot, ring: RingWriter): Promise<void> {
  try {
    for await (const chunk of snapshot.chunks) await ring.write(chunk);
  } catch {
    // The reader has all it needs, or says that it has not.
  } finally {
    ring.end();
  }
}
