import { mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeEach, afterEach, describe, expect, it } from "vitest";
import { loadOrCreateCredentials } from "../../base/credentials.ts";
import { readChain } from "../chain.ts";
import { publicKeysDocument } from "../keys.ts";
import { eventsOf, plan } from "../sealed-bundle.fixture.test-helper.ts";
import { verifyBundle } from "../verify.ts";
import { createRecorder } from "./recorder.ts";

const drillId = "drill-1";
const url = `/bundles/${drillId}`;
const told = eventsOf() as { key: string }[];
const root = await mkdtemp(path.join(os.tmpdir(), "recorder-"));
const renderers = [
  { file: "report.html", render: () => "<p>a report</p>" },
  {
    file: "junit.xml",
    render: (): string => {
      throw new Error("cannot <draw>");
    },
  },
];

let place: string;
let recorder: Awaited<ReturnType<typeof createRecorder>>;
const log = (): string => path.join(place, "bundles", drillId, "events.jsonl");

async function start(): Promise<void> {
  const [home, bundlesFolder, keysFolder] = [
    path.join(place, "home"),
    path.join(place, "bundles"),
    path.join(place, "keys"),
  ];
  recorder = await createRecorder({ home, bundlesFolder, keysFolder, renderers });
}

beforeEach(async () => {
  place = await mkdtemp(path.join(root, "place-"));
  await start();
});
afterEach(() => recorder.close());
afterAll(() => rm(root, { recursive: true, force: true }));

async function call(method: "PUT" | "POST" | "GET", at: string, payload?: object) {
  const { recorder: token } = await loadOrCreateCredentials(path.join(place, "home"));
  const headers = { authorization: `Bearer ${token}` };
  const answer = await recorder.api.inject({ method, url: `${url}${at}`, headers, ...(payload ? { payload } : {}) });
  return { status: answer.statusCode, body: answer.json() as unknown };
}

const open = (scenario: unknown = plan) => call("PUT", "", { fencingToken: 2, scenario });
const append = () => call("POST", "/events", { fencingToken: 2, events: told });
const seal = (ending = "completed") => call("POST", "/seal", { fencingToken: 2, ending });

describe("the recorder", () => {
  it("keeps each event once over a torn tail and a restart, and notes the cut", async () => {
    await open();
    await append();
    await recorder.close();
    await truncate(log(), (await readFile(log())).length - 7);
    await start();
    await append();
    const { events, problem } = readChain(await readFile(log()), drillId);
    expect(problem).toBeNull();
    const keys = events.map((event) => event.key);
    const last = told.at(-1)?.key ?? "";
    const cut = keys.find((key) => key.startsWith("recorder/cut/"));
    expect(keys).toEqual(["run.opened", ...told.map((event) => event.key).slice(0, -1), cut, last]);
  });

  it("gives one answer however often and as whatever ending sealing is asked for, and then takes nothing more", async () => {
    await open();
    await append();
    const first = await seal();
    expect(first.status).toBe(200);
    expect((await seal("aborted")).body).toEqual(first.body);
    expect((await append()).body).toMatchObject({ count: told.length + 2 });
    const another = { ...told[0], key: "late" };
    expect((await call("POST", "/events", { fencingToken: 2, events: [another] })).status).toBe(409);
  });

  it("seals with the reason in place of a report that could not be rendered, and that verifies", async () => {
    await open();
    await append();
    await seal();
    const bundle = path.join(place, "bundles", drillId);
    expect(await readFile(path.join(bundle, "junit.xml"), "utf8")).toContain("could not be rendered: cannot  draw");
    const keys = await publicKeysDocument(path.join(place, "keys"));
    expect((await verifyBundle(bundle, { keys, renderers })).problems).toEqual([]);
  });

  it.each([null, "text", { schema: "lifeboat/scenario/1", name: "half" }, { schema: "lifeboat/scenario/9" }])(
    "seals a run of a plan that it cannot read (%j), as inconclusive",
    async (scenario) => {
      await open(scenario);
      expect((await seal()).body).toMatchObject({ overall: "inconclusive" });
    },
  );

  it("takes a file once, and none at a place, with a token or with content that does not fit", async () => {
    await open();
    const file = path.join(place, "k6.json");
    await writeFile(file, "{}");
    const put = { fencingToken: 2, path: "load/k6.json", source: { kind: "file", file } };
    const statusOf = async (payload: object) => (await call("PUT", "/files", payload)).status;
    expect(await statusOf(put)).toBe(200);
    expect(await statusOf(put)).toBe(200);
    expect(await statusOf({ ...put, fencingToken: 1 })).toBe(412);
    expect(await statusOf({ ...put, source: { kind: "text", text: "[]" } })).toBe(409);
    for (const bad of ["../x", "plan/../../x", "manifest.json", "/etc/x"]) {
      expect(await statusOf({ ...put, path: bad })).toBe(400);
    }
  });
});
