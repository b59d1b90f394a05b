import type { Stamp } from "../../base/clocks.ts";
import { probeHeaderSchema, type ProbeSample } from "../../contracts/observer.ts";
import type { WriteLine } from "../../contracts/ledger.ts";
import type { DrillEvent } from "../../evidence/events.ts";
import type { ProbeFile, RawFiles } from "../../evidence/raw-files.ts";
import type { RawBundle } from "../../evidence/read-bundle.ts";
import { loadScenario } from "../../scenarios/load.ts";

const drillId = "region-outage-synthetic";
const streams = ["westeurope", "northeurope", "edge"].flatMap((region) =>
  (["read", "write"] as const).map((op) => ({ region, op })),
);
const stepUs = 1000;
const timeoutUs = 200_000;
const samplesPerWrite = 10;
/** Every so many acknowledged writes one is lost, so that no two losses lie beside each other and form one range. */
const lostEvery = 7;

/** A bundle of so many probe samples at 1 kHz over six streams; the middle third of its time is an outage. */
export async function syntheticBundle(sampleCount: number): Promise<RawBundle> {
  const perStream = Math.ceil(sampleCount / streams.length);
  const { scenario } = await loadScenario("region-outage");
  const endMs = (perStream * stepUs) / 1000;
  return {
    drillId,
    plan: scenario,
    events: eventsUntil(endMs),
    probes: streams.map((stream) => probesOf(stream, perStream)),
    ...ledgerOf(Math.ceil(sampleCount / samplesPerWrite)),
    load: null,
  };
}

function probesOf({ region, op }: (typeof streams)[number], count: number): ProbeFile {
  const name = `service.${region}.${op}`;
  const header = probeHeaderSchema.parse({
    schema: "lifeboat/probes/1",
    origin: at(0),
    stream: { name, region, op, intervalMs: 1, timeoutMs: timeoutUs / 1000, kind: "service", target: "front-door" },
  });
  const samples = Array.from({ length: count }, (_, n): ProbeSample => {
    const sentUs = n * stepUs + (n % 7);
    const lost = region !== "northeurope" && n > count / 3 && n < (2 * count) / 3;
    if (lost) return [n * stepUs, sentUs, sentUs + timeoutUs, "timeout", null];
    return [n * stepUs, sentUs, sentUs + 2000 + ((n * 7919) % 3000), "ok", null];
  });
  return { header, samples };
}

function ledgerOf(count: number): Pick<RawFiles, "writes" | "reads"> {
  const writer = "westeurope-1";
  const lines = Array.from({ length: count }, (_, seq): WriteLine => {
    const sentUs = seq * stepUs;
    return [writer, seq, `token-${seq}`, sentUs, sentUs + 1500, "ok", "westeurope", "cache-west", 1];
  });
  const readBack = lines.map(([name, seq, token]) => [name, seq, seq % lostEvery === 0 ? null : token] as const);
  const confounders = { expiredKeys: 0, evictedKeys: 0, readErrors: 0, writerRestarts: 0 };
  const header = { label: "after-recovery", cache: "cache-north", origin: at(1e6), confounders } as const;
  return {
    writes: { header: { origin: at(0), keyPrefix: "ledger:" }, lines },
    reads: [{ header: { ...header, upToSeq: { [writer]: count - 1 } }, lines: readBack }],
  };
}

function eventsUntil(endMs: number): DrillEvent[] {
  const told: readonly [atMs: number, type: DrillEvent["type"], data: DrillEvent["data"]][] = [
    [0, "run.opened", { scenario: "region-outage", planSha256: "0".repeat(64), kind: "rehearsal" }],
    [endMs / 3, "alarm.raised", { stream: "service.westeurope.write", since: at(endMs / 3) }],
    [endMs / 2, "decision.taken", { by: "policy", who: "the scenario", startedAt: at(endMs / 3) }],
    [(2 * endMs) / 3, "routing.changed", { version: 2, state: {} }],
    [endMs, "run.closed", { ending: "completed" }],
  ];
  return told.map(([atMs, type, data], seq) => ({
    key: `${type}-${seq}`,
    type,
    phase: null,
    actor: { kind: "process", id: "bench" },
    target: null,
    at: at(atMs),
    data,
    seq,
    prev: "0".repeat(64),
    recordedAt: at(atMs),
  }));
}

function at(ms: number): Stamp {
  const epochMs = Date.UTC(2026, 0, 1);
  return { monoNs: String(BigInt(Math.round((ms + 1e6) * 1e6))), utc: new Date(epochMs + ms).toISOString() };
}
