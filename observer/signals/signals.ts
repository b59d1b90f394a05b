import { mkdir } from "node:fs/promises";
import path from "node:path";
import { stamp, type Stamp } from "../../base/clocks.ts";
import { createApiClient } from "../../base/http-client.ts";
import type { Logger } from "../../base/log.ts";
import { createNdjsonGzWriter, eachNdjsonLine } from "../../base/ndjson.ts";
import type { Forecast } from "../../contracts/forecast.ts";
import type {
  AwaitSignals,
  GroupSample,
  SignalsAnswer,
  SignalSample,
  SignalsHeader,
  SignalsResult,
  SignalsSpec,
  SignalsStatus,
} from "../../contracts/signals.ts";
import { sha256OfFile } from "../digests.ts";
import { createForecasts } from "./forecasts.ts";
import { startSampler } from "./sampler.ts";

export type Signals = {
  status(): Promise<SignalsStatus>;
  awaitCondition(wanted: AwaitSignals): Promise<SignalsAnswer>;
  stop(): Promise<{ readonly status: SignalsStatus; readonly result: SignalsResult }>;
};

type SignalsOptions = {
  readonly id: string;
  readonly spec: SignalsSpec;
  readonly origin: Stamp;
  /** Where the lab of this installation is now. */
  readonly labUrl: () => Promise<string>;
  readonly log: Logger;
};

/** At most this much of what was sampled is lost in a crash. */
const FLUSH_EVERY_MS = 1000;

/** Starts sampling a group, or goes on with the raw file of an earlier process. */
export async function startSignals({ id, spec, origin, labUrl, log }: SignalsOptions): Promise<Signals> {
  const { nickname, intervalMs, outFolder } = spec;
  const { token, url = "" } = spec.lab;
  await mkdir(outFolder, { recursive: true });
  const file = path.join(outFolder, "groups.ndjson.gz");
  const lines = await createNdjsonGzWriter(file);
  const counts = await countsOf(file);
  const header: SignalsHeader = { schema: "lifeboat/signals/1", nickname, origin, intervalMs };
  if (counts.lines === 0) lines.write(header);

  const originNs = BigInt(origin.monoNs);
  const nowUs = (): number => Number(process.hrtime.bigint() - originNs) / 1000;
  const forecasts = createForecasts(() => nowUs() / 1000);
  let latest: GroupSample | null = null;
  const sampler = startSampler({
    lab: createApiClient({ url: url === "" ? labUrl : async () => url, token }),
    nickname,
    intervalMs,
    nowUs,
    sinceOriginUs: ({ monoNs }) => Number(BigInt(monoNs) - originNs) / 1000,
    record: (sample) => {
      lines.write(sample);
      if ("missed" in sample) return void (counts.missed += 1);
      counts.samples += 1;
      latest = sample;
      forecasts.take(sample);
    },
  });
  const flushing = setInterval(() => {
    lines.flush().catch((error: unknown) => log.error({ error }, "the signals' file takes no data"));
  }, FLUSH_EVERY_MS);

  const statusAs = (state: SignalsStatus["state"]): SignalsStatus => {
    const { samples, missed } = counts;
    return { id, state, startedAt: origin, samples, missed, latest, forecast: forecasts.now() };
  };
  return {
    status: async () => statusAs("running"),
    async awaitCondition(wanted) {
      const held = await forecasts.until((forecast) => holds(wanted, forecast), wanted.timeoutMs);
      return { held: held !== undefined, at: stamp(), forecast: held ?? forecasts.now() };
    },
    async stop() {
      await sampler.stop();
      clearInterval(flushing);
      await lines.close();
      const result = { path: file, samples: counts.samples, sha256: await sha256OfFile(file) };
      return { status: statusAs("stopped"), result };
    },
  };
}

function holds({ headroomBelowRatio, oomWithinMinutes }: AwaitSignals, { headroom, oom }: Forecast): boolean {
  if (headroomBelowRatio !== undefined && headroom && headroom.ratio < headroomBelowRatio) return true;
  return oomWithinMinutes !== undefined && oom !== null && oom.minutes < oomWithinMinutes;
}

/** What an earlier process of this run has written. */
async function countsOf(file: string): Promise<{ lines: number; samples: number; missed: number }> {
  const counts = { lines: 0, samples: 0, missed: 0 };
  for await (const line of eachNdjsonLine(file)) {
    counts.lines += 1;
    if (counts.lines === 1) continue;
    counts["missed" in (line as SignalSample) ? "missed" : "samples"] += 1;
  }
  return counts;
}
