import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ApiClient } from "../../base/http-client.ts";
import { readNdjsonLines } from "../../base/ndjson.ts";
import { waitFor } from "../../base/waits.ts";
import {
  signalSampleSchema,
  signalsAnswerSchema,
  signalsHeaderSchema,
  signalsResultSchema,
  signalsStatusSchema,
  type AwaitSignals,
  type GroupSample,
  type SignalSample,
  type SignalsStatus,
} from "../../contracts/signals.ts";
import { groupView, memberView, startFakeLab, type FakeLab } from "../test-support/lab.ts";
import { endAllProcesses, endProcess, startService } from "../test-support/servers.ts";

const TOKEN = "canary-token-of-the-lab";
let folder = "";
let home = "";
let lab: FakeLab;
let observer: Awaited<ReturnType<typeof startService>>;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "lifeboat-signals-"));
  home = path.join(folder, "home");
  observer = await startService(home, "observer");
});
afterAll(async () => {
  await endAllProcesses();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  lab = await startFakeLab("boards");
});
afterEach(() => lab.close());

const client = (): ApiClient => observer.client;
const rawFile = (id: string): string => path.join(folder, id, "groups.ndjson.gz");

function start(id: string): Promise<SignalsStatus> {
  const spec = {
    nickname: "boards",
    lab: { url: lab.url, token: TOKEN },
    intervalMs: 20,
    outFolder: path.join(folder, id),
    maxDurationMs: 120_000,
  };
  return client().call({ method: "PUT", path: `/signals/${id}`, body: spec, answer: signalsStatusSchema });
}

function statusOf(id: string): Promise<SignalsStatus> {
  return client().call({ method: "GET", path: `/signals/${id}`, answer: signalsStatusSchema });
}

function stop(id: string) {
  return client().call({ method: "POST", path: `/signals/${id}/stop`, answer: signalsResultSchema });
}

function holding(id: string, body: AwaitSignals) {
  return client().call({ method: "POST", path: `/signals/${id}/await`, body, answer: signalsAnswerSchema });
}

async function untilStatus(id: string, what: string, holds: (status: SignalsStatus) => boolean): Promise<void> {
  await waitFor(async () => holds(await statusOf(id)), { what, timeoutMs: 30_000, intervalMs: 20 });
}

async function samplesIn(id: string): Promise<SignalSample[]> {
  const [header, ...lines] = await readNdjsonLines(rawFile(id));
  signalsHeaderSchema.parse(header);
  return lines.map((line) => signalSampleSchema.parse(line));
}

describe("sampling an active group", () => {
  it("writes down what each member says of itself, and nothing where nobody could be asked", async () => {
    lab.answer = () => groupView("boards", { east: memberView("east", { issued: 7 }), west: null });
    await start("views");
    await untilStatus("views", "three samples", ({ samples }) => samples >= 3);
    lab.answer = () => null;
    await untilStatus("views", "a missed sample", ({ missed }) => missed >= 1);
    const result = await stop("views");
    expect(await stop("views")).toEqual(result);
    const samples = await samplesIn("views");
    const taken = samples.filter((one): one is GroupSample => !("missed" in one));
    expect(taken).toHaveLength(result.samples);
    for (const { members } of taken) {
      expect(members).toMatchObject([
        { cache: "east", view: { issued: 7, usedMemoryBytes: 10_000_000 } },
        { cache: "west", view: null },
      ]);
    }
    const missed = samples.find((one) => "missed" in one);
    expect(missed).toEqual({
      sentUs: expect.any(Number) as number,
      endUs: expect.any(Number) as number,
      missed: "out of order",
    });
  });

  it("presents the token and keeps it out of the raw file and of what stays at rest", async () => {
    lab.answer = () => groupView("boards", { east: memberView("east") });
    await start("token");
    await untilStatus("token", "a sample", ({ samples }) => samples >= 1);
    await stop("token");
    expect([...lab.seenTokens]).toEqual([`Bearer ${TOKEN}`]);
    expect(JSON.stringify(await readNdjsonLines(rawFile("token")))).not.toContain(TOKEN);
    expect(await readFile(path.join(home, "observer", "signals", "token.json"), "utf8")).not.toContain(TOKEN);
  });

  it("tells when the tightest survivor's headroom falls below a share, and not before", async () => {
    let usedMemoryBytes = 60_000_000;
    let stepBytes = 0;
    const filling = (): number => (usedMemoryBytes += stepBytes);
    lab.answer = () => {
      const east = memberView("east", { usedMemoryBytes: filling() });
      return groupView("boards", { east, west: memberView("west"), south: null });
    };
    await start("headroom");
    const none = await holding("headroom", { headroomBelowRatio: 0.25, timeoutMs: 60 });
    expect(none.held).toBe(false);
    stepBytes = 1_000_000;
    const { held, forecast } = await holding("headroom", { headroomBelowRatio: 0.25, timeoutMs: 60_000 });
    await stop("headroom");
    expect(held).toBe(true);
    expect(forecast.headroom?.member).toBe("east");
    expect(forecast.headroom?.ratio).toBeLessThan(0.25);
  });

  it("forecasts the minutes to OOM live, and nothing while nothing rises", async () => {
    let bytesPerMs = 0;
    const startedMs = performance.now();
    const used = (): number => 20_000_000 + Math.round((performance.now() - startedMs) * bytesPerMs);
    lab.answer = () => groupView("boards", { east: memberView("east", { usedMemoryBytes: used() }) });
    await start("forecast");
    await untilStatus("forecast", "a trend", ({ forecast }) => forecast.members[0]?.trend === "no-rise");
    bytesPerMs = 1000;
    const { held, forecast } = await holding("forecast", { oomWithinMinutes: 2, timeoutMs: 60_000 });
    await stop("forecast");
    expect(held).toBe(true);
    expect(forecast.oom?.member).toBe("east");
    expect(forecast.members[0]?.trend).toMatch(/rising|full/);
  });

  it("goes on in the same raw file after the process was killed, and shows the gap", async () => {
    lab.answer = () => groupView("boards", { east: memberView("east") });
    const { startedAt } = await start("killed");
    await waitFor(async () => (await readNdjsonLines(rawFile("killed"))).length > 5, {
      what: "samples on disk",
      timeoutMs: 30_000,
    });
    await endProcess(observer.child);
    const before = await samplesIn("killed");
    observer = await startService(home, "observer");
    await untilStatus("killed", "further samples", ({ samples }) => samples > before.length + 3);
    expect((await statusOf("killed")).startedAt).toEqual(startedAt);
    await stop("killed");
    const after = await samplesIn("killed");
    expect(after.slice(0, before.length)).toEqual(before);
    const sent = after.map(({ sentUs }) => sentUs);
    expect(sent).toEqual(sent.toSorted((a, b) => a - b));
  });

  it("is refused without a condition to wait for, and unknown under another id", async () => {
    await expect(holding("nobody", { headroomBelowRatio: 0.5, timeoutMs: 10 })).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
    await expect(holding("nobody", { timeoutMs: 10 })).rejects.toMatchObject({ code: "BAD_INPUT" });
  });
});
