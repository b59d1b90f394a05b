import { mkdtemp, readFile, rm, truncate } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadOrCreateCredentials } from "../../base/credentials.ts";
import { stamp } from "../../base/clocks.ts";
import { createNdjsonGzWriter } from "../../base/ndjson.ts";
import { publicKeysDocument } from "../keys.ts";
import { readBundleView } from "../read-view.ts";
import { verifyBundle } from "../verify.ts";
import { createRecorder } from "./recorder.ts";

const drillId = "drill-1";
const scenario = {
  schema: "lifeboat/scenario/1",
  name: "small",
  objectives: [{ id: "rto", metric: "rto", region: "west", op: "write", atMostMs: 30_000 }],
};
let root: string;
let bundle: string;
let keys: unknown;
const options = () => ({
  home: path.join(root, "home"),
  bundlesFolder: path.join(root, "bundles"),
  keysFolder: path.join(root, "keys"),
  renderers: [
    { file: "report.html", render: () => "<p>a report</p>" },
    {
      file: "junit.xml",
      render: (): string => {
        throw new Error("cannot draw");
      },
    },
  ],
});

const trust = () => ({ keys, renderers: options().renderers });

type Recorder = Awaited<ReturnType<typeof createRecorder>>;
async function call(recorder: Recorder, method: "PUT" | "POST" | "GET", url: string, payload?: object) {
  const { recorder: token } = await loadOrCreateCredentials(options().home);
  const answer = await recorder.api.inject({
    method,
    url,
    headers: { authorization: `Bearer ${token}` },
    ...(payload ? { payload } : {}),
  });
  return { status: answer.statusCode, body: answer.json() };
}
const note = (key: string) => ({
  key,
  type: "note",
  phase: null,
  actor: { kind: "process", id: "t" },
  target: null,
  at: stamp(),
});

async function probes(): Promise<string> {
  const file = path.join(root, "write.ndjson.gz");
  const writer = await createNdjsonGzWriter(file);
  const stream = {
    name: "write",
    region: "west",
    op: "write",
    intervalMs: 1,
    timeoutMs: 20,
    kind: "service",
    target: "front door",
  };
  writer.write({ schema: "lifeboat/probes/1", stream, origin: stamp() });
  for (let at = 0; at < 50; at += 1) writer.write([at * 1000, at * 1000, at * 1000 + 300, "ok", null]);
  await writer.close();
  return file;
}

beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), "recorder-"));
  const url = `/bundles/${drillId}`;
  let recorder = await createRecorder(options());
  expect((await call(recorder, "PUT", url, { fencingToken: 2, scenario })).status).toBe(200);
  await call(recorder, "POST", `${url}/events`, { fencingToken: 2, events: [note("a"), note("b")] });
  await recorder.close();
  bundle = path.join(options().bundlesFolder, drillId);
  const size = (await readFile(path.join(bundle, "events.jsonl"))).length;
  await truncate(path.join(bundle, "events.jsonl"), size - 7);
  recorder = await createRecorder(options());
  await call(recorder, "POST", `${url}/events`, { fencingToken: 2, events: [note("a"), note("b")] });
  const file = await probes();
  const put = { fencingToken: 2, path: "probes/write.ndjson.gz", source: { kind: "file", file } };
  expect((await call(recorder, "PUT", `${url}/files`, put)).status).toBe(200);
  expect((await call(recorder, "PUT", `${url}/files`, put)).status).toBe(200);
  expect((await call(recorder, "PUT", `${url}/files`, { ...put, fencingToken: 1 })).status).toBe(412);
  for (const bad of ["../x", "plan/../../x", "manifest.json", "/etc/x"]) {
    expect((await call(recorder, "PUT", `${url}/files`, { ...put, path: bad })).status).toBe(400);
  }
  const first = await call(recorder, "POST", `${url}/seal`, { fencingToken: 2, ending: "completed" });
  expect(first.status).toBe(200);
  const again = await call(recorder, "POST", `${url}/seal`, { fencingToken: 2, ending: "aborted" });
  expect(again.body).toEqual(first.body);
  await recorder.close();
  keys = await publicKeysDocument(options().keysFolder);
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe("a recorded bundle", () => {
  it("verifies, keeps each event once over a torn tail and a restart, and notes the cut", async () => {
    const result = await verifyBundle(bundle, { ...trust(), expectRun: drillId });
    expect(result.problems).toEqual([]);
    expect(result.verdict?.overall).toBe("inconclusive");
    const view = await readBundleView(bundle);
    expect(view.events.map((event) => event.key).filter((key) => !key.startsWith("recorder/cut"))).toEqual([
      "run.opened",
      "a",
      "b",
      "run.closed",
    ]);
    expect(view.events).toHaveLength(5);
    expect(view.series[0]?.buckets.reduce((sum, one) => sum + one.ok, 0)).toBe(50);
  });

  it("seals with the reason in place of a report that could not be rendered", async () => {
    expect(await readFile(path.join(bundle, "junit.xml"), "utf8")).toContain("cannot draw");
  });
});
