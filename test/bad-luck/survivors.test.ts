import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ProcessIdentity } from "../../base/processes.ts";
import { waitFor } from "../../base/waits.ts";
import { regionMemberListSchema } from "../../contracts/lab.ts";
import { createStack, type Stack } from "./stack.test-helper.ts";
import { injectThree } from "./three-faults.test-helper.ts";

const scenario = path.join(import.meta.dirname, "..", "fixtures", "small-outage.yaml");
const CASE_TIMEOUT_MS = 90_000;

let stack: Stack;
beforeAll(async () => {
  stack = await createStack();
  await stack.run("estate", "up", scenario);
}, 180_000);
afterAll(() => stack.end(), 60_000);

/** What was injected upon, and what is to survive: started again after the case before. */
async function prepared(name: string): Promise<ProcessIdentity> {
  for (const needed of ["network", "keeper", "geocache"]) await stack.start(needed);
  if (name === "worker") await stack.start("temporal");
  return stack.start(name);
}

async function appOf(region: string): Promise<ProcessIdentity> {
  return waitFor(
    async () => {
      const path = `/lab/regions/${region}/members`;
      const { members } = await stack.lab.call({ method: "GET", path, answer: regionMemberListSchema });
      const found = members.find((each) => each.kind === "workload");
      return found?.host === "process" && found;
    },
    { what: `the application of ${region}`, timeoutMs: 20_000 },
  );
}

/** The shells and scripts that wait for the end of a lease. */
function watchdogs(): ProcessIdentity[] {
  return stack.everything().filter(({ pid }) => readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("watchdog"));
}

function expectInTime(overdueMs: Record<string, number>): void {
  for (const [fault, ms] of Object.entries(overdueMs)) expect(ms, fault).toBeLessThan(1000);
}

describe("with every other process killed, the supervisor included, each fault is gone within its lease and a second", () => {
  /** Killing the watchdogs too shows that this survivor alone is enough. */
  const guards = ["keeper", "recorder", "observer", "ledger", "front-door", "geocache", "network", "worker"] as const;

  it.each(guards)(
    "%s survives",
    async (name) => {
      const survivor = await prepared(name);
      const faults = await injectThree(stack);
      await stack.killAllBut([survivor, ...faults.targets]);
      expectInTime(await faults.overdueMs());
    },
    CASE_TIMEOUT_MS,
  );

  it(
    "an application outside the frozen region survives",
    async () => {
      await prepared("geocache");
      const survivor = await appOf("westeurope");
      const faults = await injectThree(stack);
      await stack.killAllBut([survivor, ...faults.targets]);
      expectInTime(await faults.overdueMs());
    },
    CASE_TIMEOUT_MS,
  );

  it(
    "nothing of ours survives but what each fault brought along: Temporal cannot help",
    async () => {
      const survivor = await prepared("temporal");
      const faults = await injectThree(stack);
      await stack.killAllBut([survivor, ...watchdogs(), ...faults.targets]);
      expectInTime(await faults.overdueMs());
    },
    CASE_TIMEOUT_MS,
  );

  it("and the next up starts what is missing, the one after it changes nothing, down leaves nothing", async () => {
    expect((await stack.run("up")).stdout).toMatch(/processes started/);
    expect((await stack.run("up")).stdout).toContain("already running");
    await stack.run("down");
    expect(stack.everything()).toEqual([]);
  }, 120_000);
});
