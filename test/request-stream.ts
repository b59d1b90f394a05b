import { setTimeout as sleep } from "node:timers/promises";
import { waitFor } from "../base/waits.ts";
import { servedByHeaders } from "../contracts/routing.ts";
import type { RegionsRig } from "./regions-rig.ts";

const EVERY_MS = 10;
/** A machine that is too slow for the stream gets a thinner one, not a pile of requests that time out. */
const MOST_OPEN = 8;

type StreamedRequest = {
  readonly user: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly status: number;
  readonly version: number;
  readonly servedBy: string | null;
};

export type RequestStream = {
  /** Resolves once that many more requests were answered. */
  answered(more: number): Promise<void>;
  stop(): Promise<readonly StreamedRequest[]>;
};

/** Sends reads of every region's users, one each every 10 ms, several at a time. */
export function startStream(rig: Pick<RegionsRig<string>, "user">, users: readonly string[]): RequestStream {
  const done: StreamedRequest[] = [];
  const open = new Set<Promise<void>>();
  let running = true;
  const send = async (user: string): Promise<void> => {
    const startedAt = performance.now();
    const response = await rig.user(user, "GET /probe");
    await response.arrayBuffer();
    done.push({
      user,
      startedAt,
      endedAt: performance.now(),
      status: response.status,
      version: Number(response.headers.get(servedByHeaders.routingVersion)),
      servedBy: response.headers.get(servedByHeaders.region),
    });
  };
  const sending = (async () => {
    while (running) {
      for (const user of open.size < MOST_OPEN ? users : []) {
        const request = send(user).finally(() => open.delete(request));
        open.add(request);
      }
      await sleep(EVERY_MS);
    }
  })();
  return {
    async answered(more) {
      const wanted = done.length + more;
      await waitFor(() => done.length >= wanted, { what: `${more} more answers`, timeoutMs: 10_000, intervalMs: 5 });
    },
    async stop() {
      running = false;
      await sending;
      await Promise.all(open);
      return done;
    },
  };
}
