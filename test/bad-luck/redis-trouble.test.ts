import { readdir } from "node:fs/promises";
import path from "node:path";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitFor } from "../../base/waits.ts";
import { labCacheListSchema, regionMemberListSchema } from "../../contracts/lab.ts";
import { cacheUsers } from "../../geocache/hosts/cache-host.ts";
import {
  eventsOf,
  outage,
  scenarioWith,
  sealedVerdict,
  startDrill,
  untilEvent,
  type RunningDrill,
} from "./drill.test-helper.ts";
import { createStack, kill, type Stack } from "./stack.test-helper.ts";

let stack: Stack;
let scenario: string;
beforeAll(async () => {
  stack = await createStack();
  await stack.run("up");
  const detection = { region: "westeurope", op: "write", failingForMs: 1000, timeoutMs: 10_000 };
  scenario = await scenarioWith(stack, { steps: outage("kill", 0), baselineMs: 6000, detection });
}, 180_000);
afterAll(() => stack.end(), 60_000);

/** Resolves in the baseline, once it is being measured; with the drill's id. */
async function untilMeasuring(drill: RunningDrill): Promise<string> {
  const drillId = await untilEvent(stack, drill, { type: "phase.started", phase: "baseline" });
  const folder = path.join(stack.home, "observations", drillId, "probes");
  await waitFor(async () => (await readdir(folder)).some((name) => name.endsWith(".ndjson.gz")), {
    what: "the probes to be on",
    timeoutMs: 30_000,
  });
  return drillId;
}

/** A service that was not steady before the fault must not be given a recovery time, and the user is told so. */
async function expectHonestEnd(drillId: string, drill: RunningDrill): Promise<void> {
  const { code, stdout, stderr } = await drill.ended;
  expect([1, 2], stdout + stderr).toContain(code);
  const verdict = await sealedVerdict(stack, drillId);
  const recovery = verdict.objectives.filter(({ id }) => id.startsWith("rto-"));
  for (const { verdict: one, why } of recovery) {
    expect(one).not.toBe("pass");
    expect(stdout).toContain(why);
  }
  const types = (await eventsOf(stack, drillId)).map(({ type }) => type);
  const count = (wanted: string): number => types.filter((type) => type === wanted).length;
  expect(count("fault.lifted")).toBe(count("fault.requested"));
  // The supervisor and its nine services, and nothing of the estate.
  expect(stack.everything()).toHaveLength(10);
}

describe("a redis-server in trouble outside of any fault", { timeout: 240_000 }, () => {
  it("killed: the drill ends sealed, and no recovery is claimed", async () => {
    const drill = await startDrill(stack, scenario);
    const drillId = await untilMeasuring(drill);
    const answer = regionMemberListSchema;
    const { members } = await stack.lab.call({ method: "GET", path: "/lab/regions/westeurope/members", answer });
    const server = members.find((each) => each.kind === "cache");
    if (server?.host !== "process") throw new Error("cache-west does not run");
    await kill(server);
    await expectHonestEnd(drillId, drill);
  });

  it("with its clients' password changed behind our back: the drill ends sealed, and no recovery is claimed", async () => {
    const drill = await startDrill(stack, scenario);
    const drillId = await untilMeasuring(drill);
    const { caches } = await stack.lab.call({ method: "GET", path: "/lab/caches", answer: labCacheListSchema });
    const west = caches.find(({ cache }) => cache === "cache-west");
    if (!west) throw new Error("there is no cache-west");
    const { host, port } = west.direct;
    const admin = new Redis({ host, port, username: west.adminUsername, password: west.adminPassword });
    await admin.acl("SETUSER", cacheUsers.client, "resetpass", ">another");
    await admin.client("KILL", "USER", cacheUsers.client);
    admin.disconnect();
    await expectHonestEnd(drillId, drill);
  });
});
