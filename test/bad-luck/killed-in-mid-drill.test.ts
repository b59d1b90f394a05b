import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { elapsedMs, stamp } from "../../base/clocks.ts";
import type { ProcessIdentity } from "../../base/processes.ts";
import { serviceUrl } from "../../base/registration.ts";
import { waitFor } from "../../base/waits.ts";
import { requireTool } from "../../cli/doctor/needed-tools.ts";
import { listFaults } from "../../cli/keeper.ts";
import { regionMemberListSchema } from "../../contracts/lab.ts";
import { isStopped } from "../../geocache/faults/members/process-state.ts";
import { eventsOf, outage, scenarioWith, sealedVerdict, startDrill, untilEvent } from "./drill.test-helper.ts";
import { createStack, kill, type Stack } from "./stack.test-helper.ts";

const LEASE_MS = 10_000;

let stack: Stack;
beforeAll(async () => {
  stack = await createStack();
  await stack.run("up");
}, 180_000);
afterAll(() => stack.end(), 60_000);

async function frozenMembers(): Promise<ProcessIdentity[]> {
  const path = "/lab/regions/westeurope/members";
  const { members } = await stack.lab.call({ method: "GET", path, answer: regionMemberListSchema });
  const found = members.flatMap((each) => (each.host === "process" ? [each] : []));
  expect(found.map(({ pid }) => isStopped(pid))).toEqual([true, true]);
  return found;
}

async function thawed(members: readonly ProcessIdentity[]): Promise<void> {
  await waitFor(() => members.every(({ pid }) => !isStopped(pid)), {
    what: "the frozen processes to run",
    timeoutMs: LEASE_MS * 3,
    intervalMs: 20,
  });
}

describe("in the middle of a fault", { timeout: 200_000 }, () => {
  it("kill -9 of the worker, and a fault by hand beside it: the drill's own holds, it goes on and ends sealed", async () => {
    const scenario = await scenarioWith(stack, { steps: outage("freeze", 8000), baselineMs: 2000 });
    const drill = await startDrill(stack, scenario);
    const drillId = await untilEvent(stack, drill, { type: "phase.ended", phase: "fault" });
    await kill(await stack.find("worker"));
    const slow = ["link-latency", "edge:northeurope", "--latency", "5ms"];
    await stack.run("fault", "inject", ...slow, "--for", "2s");

    expect([0, 2], drill.output()).toContain((await drill.ended).code);
    const types = (await eventsOf(stack, drillId)).map(({ type }) => type);
    expect(types).toContain("fault.lifted");
    expect(types).not.toContain("fault.lapsed");
    expect(await sealedVerdict(stack, drillId)).toMatchObject({ ending: "completed" });
  });

  it("temporal workflow terminate: the fault is gone in time, the janitor seals", async () => {
    const scenario = await scenarioWith(stack, {
      steps: outage("freeze", 60_000),
      leaseMs: LEASE_MS,
      baselineMs: 1000,
    });
    const drill = await startDrill(stack, scenario);
    const drillId = await untilEvent(stack, drill, { type: "phase.ended", phase: "fault" });
    const members = await frozenMembers();
    const address = new URL(await serviceUrl(stack.home, "temporal")).host;
    const terminate = ["workflow", "terminate", "--workflow-id", drillId, "--address", address, "--reason", "test"];
    await promisify(execFile)(await requireTool("temporal"), terminate);
    const terminatedAt = stamp();
    await thawed(members);
    expect(elapsedMs(terminatedAt, stamp())).toBeLessThan(LEASE_MS + 1000);

    expect((await drill.ended).code, drill.output()).toBe(2);
    expect(await sealedVerdict(stack, drillId)).toMatchObject({ overall: "inconclusive", ending: "terminated" });
    expect((await listFaults(stack.keeper)).map(({ state }) => state)).not.toContain("active");
  });

  it("kill -9 of everything but the keeper: the fault is gone in time, the next up ends the drill sealed", async () => {
    const detection = { region: "westeurope", op: "write", failingForMs: 1000, timeoutMs: 8000 };
    const settings = { steps: outage("freeze", 60_000), leaseMs: LEASE_MS, baselineMs: 1000, detection };
    const drill = await startDrill(stack, await scenarioWith(stack, settings));
    const drillId = await untilEvent(stack, drill, { type: "phase.ended", phase: "fault" });
    const members = await frozenMembers();
    const keeper = await stack.find("keeper");
    await kill(drill.identity);
    await stack.killAllBut([keeper, ...members]);
    const killedAt = stamp();
    await thawed(members);
    expect(elapsedMs(killedAt, stamp())).toBeLessThan(LEASE_MS + 1000);
    expect(await stack.find("keeper")).toEqual(keeper);

    await stack.run("up");
    const verdict = await sealedVerdict(stack, drillId);
    expect(verdict.overall).not.toBe("pass");
    expect((await eventsOf(stack, drillId)).map(({ type }) => type)).toContain("fault.lapsed");
    await stack.run("down");
    expect(stack.everything()).toEqual([]);
  });
});
