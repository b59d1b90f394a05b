import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import type { ComparedMember } from "../../geocache/compare/compare.ts";
import { openSnapshot } from "../../geocache/compare/snapshot/snapshot-connection.ts";

const MARK_LENGTH = 40;

/** Reads both snapshots to their ends and does nothing with them: what redis and the sockets take. */
export async function drainSnapshots(members: readonly ComparedMember[]): Promise<void> {
  await Promise.all(members.map(drain));
}

/** Nothing is written meanwhile, so that behind the snapshot come its end mark and silence. */
async function drain(member: ComparedMember): Promise<void> {
  const snapshot = await openSnapshot(member);
  let tail = Buffer.alloc(0);
  for await (const chunk of snapshot.chunks) {
    tail = Buffer.concat([tail, chunk.subarray(-2 * MARK_LENGTH)]).subarray(-2 * MARK_LENGTH);
    // The end: redis's 0xff, eight bytes of checksum, the mark of forty hexadecimal digits.
    const mark = tail.toString("latin1", tail.length - MARK_LENGTH);
    if (tail.at(-MARK_LENGTH - 9) === 0xff && /^[0-9a-f]{40}$/.test(mark)) break;
  }
  snapshot.close();
}

/** Asks every member every millisecond until stopped; tells how long the slowest answer took, in ms. */
export function longestPing(members: readonly ComparedMember[]): { readonly stop: () => Promise<number> } {
  let stopped = false;
  const longest = Promise.all(
    members.map(async ({ endpoint }) => {
      const client = new Redis(endpoint.port, endpoint.host);
      let longestMs = 0;
      while (!stopped) {
        const sentMs = performance.now();
        await client.ping();
        longestMs = Math.max(longestMs, performance.now() - sentMs);
        await sleep(1);
      }
      client.disconnect();
      return longestMs;
    }),
  );
  return {
    async stop() {
      stopped = true;
      return Math.max(...(await longest));
    },
  };
}
