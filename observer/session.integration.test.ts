import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ApiClient } from "../base/http-client.ts";
import { readNdjsonLines } from "../base/ndjson.ts";
import { waitFor } from "../base/waits.ts";
import {
  awaitAnswerSchema,
  probeHeaderSchema,
  sessionResultSchema,
  sessionStatusSchema,
} from "../contracts/observer.ts";
import type { ProbeSample, SessionSpec, SessionStatus, StreamSpec } from "../contracts/observer.ts";
import { endAllProcesses, endProcess, startHttpServer, startService } from "./test-support/servers.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "lifeboat-session-"));
});
afterAll(async () => {
  await endAllProcesses();
  await rm(folder, { recursive: true, force: true });
});

function statusOf(client: ApiClient): Promise<SessionStatus> {
  return client.call({ method: "GET", path: "/sessions/s1", answer: sessionStatusSchema });
}

describe("a session of the observer", () => {
  it("goes on in the same raw file after the process was killed, and stops once", async () => {
    const server = await startHttpServer();
    const home = path.join(folder, "home");
    const url = `http://127.0.0.1:${server.port}/{n}`;
    const stream: StreamSpec = {
      name: "edge",
      region: "north",
      op: "read",
      target: { kind: "service", url, method: "GET", headers: {} },
      intervalMs: 10,
      timeoutMs: 2000,
    };
    const outFolder = path.join(folder, "out");
    const spec: SessionSpec = { groups: [{ name: "north", streams: [stream] }], outFolder, maxDurationMs: 60_000 };
    const file = path.join(outFolder, "edge.ndjson.gz");
    const first = await startService(home, "observer");
    const put = { method: "PUT" as const, path: "/sessions/s1", body: spec, answer: sessionStatusSchema };
    const started = await first.client.call(put);
    expect((await first.client.call(put)).startedAt).toEqual(started.startedAt);
    const onDisk = async (): Promise<boolean> => (await readNdjsonLines(file)).length > 20;
    await waitFor(onDisk, { what: "samples on disk", timeoutMs: 15_000 });
    await endProcess(first.child);
    const whole = await readFile(file);
    await writeFile(file, whole.subarray(0, whole.length - 3));
    const before = await readNdjsonLines(file);

    const restartedUs = Number(process.hrtime.bigint() - BigInt(started.startedAt.monoNs)) / 1000;
    const { client } = await startService(home, "observer");
    const wanted = { stream: "edge", condition: "up", forMs: 200, timeoutMs: 20_000 };
    const up = await client.call({
      method: "POST",
      path: "/sessions/s1/await",
      body: wanted,
      answer: awaitAnswerSchema,
    });
    expect(up.held).toBe(true);
    expect((await statusOf(client)).startedAt).toEqual(started.startedAt);
    const stop = { method: "POST" as const, path: "/sessions/s1/stop", answer: sessionResultSchema };
    const result = await client.call(stop);
    expect(await client.call(stop)).toEqual(result);
    expect((await statusOf(client)).state).toBe("stopped");

    const [header, ...samples] = await readNdjsonLines(file);
    expect(probeHeaderSchema.parse(header).origin).toEqual(started.startedAt);
    expect(samples.slice(0, before.length - 1)).toEqual(before.slice(1));
    expect(samples.length).toBe(result.files[0]?.samples);
    expect(samples.length).toBeGreaterThan(before.length);
    const sentUs = (samples as ProbeSample[]).map((sample) => sample[1]);
    expect(sentUs).toEqual(sentUs.toSorted((a, b) => a - b));
    // The time in which nobody looked shows as lateness of the first probe after it, and is nobody's good time.
    const lastBefore = samples[before.length - 2] as ProbeSample;
    const [dueUs, firstSentUs] = samples[before.length - 1] as ProbeSample;
    expect(dueUs).toBe(lastBefore[0] + 10_000);
    expect(firstSentUs).toBeGreaterThanOrEqual(restartedUs);
    expect((await statusOf(client)).streams[0]?.maxLatenessMs).toBeGreaterThanOrEqual((firstSentUs - dueUs) / 1000);
  });
});
