import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../../base/errors.ts";
import type { ApiClient } from "../../base/http-client.ts";
import { groupViewSchema } from "../../contracts/groups.ts";
import type { SignalSample } from "../../contracts/signals.ts";
import { groupSample, type SinceOrigin } from "./group-sample.ts";

type SamplerOptions = {
  readonly lab: ApiClient;
  readonly nickname: string;
  readonly intervalMs: number;
  /** Microseconds since the origin of the raw file, now. */
  readonly nowUs: () => number;
  readonly sinceOriginUs: SinceOrigin;
  readonly record: (sample: SignalSample) => void;
};

/** A control plane that cannot reach some members answers late; later than this it did not answer. */
const POLL_TIMEOUT_MS = 2000;
const REASON_CHARS_MOST = 200;

/** Polls one after the other, each due an interval after the one before, or at once when that one took longer. */
export function startSampler(options: SamplerOptions): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const ended = pollUntil(stopping.signal, options);
  return {
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}

async function pollUntil(signal: AbortSignal, options: SamplerOptions): Promise<void> {
  while (!signal.aborted) {
    const startedMs = performance.now();
    options.record(await poll(options));
    const leftMs = Math.max(0, options.intervalMs - (performance.now() - startedMs));
    await sleep(leftMs, undefined, { signal }).catch(() => undefined);
  }
}

async function poll({ lab, nickname, nowUs, sinceOriginUs }: SamplerOptions): Promise<SignalSample> {
  const sentUs = nowUs();
  try {
    const group = await lab.call({
      method: "GET",
      path: `/lab/groups/${encodeURIComponent(nickname)}`,
      answer: groupViewSchema,
      timeoutMs: POLL_TIMEOUT_MS,
    });
    return groupSample(group, { sentUs, endUs: nowUs() }, sinceOriginUs);
  } catch (error) {
    return { sentUs, endUs: nowUs(), missed: messageOf(error).slice(0, REASON_CHARS_MOST) };
  }
}
