import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { WorkflowHandle } from "@temporalio/client";
import { historyToJSON } from "@temporalio/common/lib/proto-utils.js";
import type { TestWorkflowEnvironment } from "@temporalio/testing";
import { Worker } from "@temporalio/worker";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitFor } from "../base/waits.ts";
import { phases } from "../evidence/events.ts";
import { abortDrillSignal, approveUpdate, progressQuery, type DrillInput, type DrillResult } from "./messages.ts";
import {
  createWorld,
  failing,
  quickInput,
  startTemporal,
  TEST_QUEUE,
  untilCancelled,
  withWorker,
} from "./run-drill.test-helper.ts";

const historyFile = path.join(import.meta.dirname, "..", "test", "histories", "region-outage.json");
const workflowsPath = path.join(import.meta.dirname, "index.ts");

let env: TestWorkflowEnvironment;
beforeAll(async () => {
  env = await startTemporal();
});
afterAll(() => env.teardown());

function start(input: DrillInput): Promise<WorkflowHandle> {
  return env.client.workflow.start("runDrill", { taskQueue: TEST_QUEUE, workflowId: input.drillId, args: [input] });
}

async function resultOf(handle: WorkflowHandle): Promise<DrillResult> {
  return (await handle.result()) as DrillResult;
}

function until(calls: readonly string[], name: string): Promise<boolean> {
  return waitFor(() => calls.includes(name), { what: name, timeoutMs: 20_000 });
}

describe("a drill that loses a region", () => {
  it("goes through every phase in order and keeps its history small", async () => {
    const world = createWorld();
    await withWorker(env, world, async () => {
      const handle = await start(await quickInput("happy"));
      expect((await resultOf(handle)).ending).toBe("completed");
      const started = world.calls.flatMap((call) => /^phase:(\w+):(?:started|skipped)$/.exec(call)?.[1] ?? []);
      expect(started).toEqual(phases);
      const acts = [
        "injectFault",
        "awaitAlarm",
        "failOver",
        "awaitService",
        "liftFault",
        "relink",
        "estateDown",
        "seal:completed",
      ];
      expect(world.calls.filter((call) => acts.includes(call))).toEqual(acts);
      const history = await handle.fetchHistory();
      expect(history.events?.length).toBeLessThan(600);
      if (process.env["LIFEBOAT_STORE_HISTORIES"] === "1") await writeFile(historyFile, storable(history));
    });
  });

  it("is healed and sealed as aborted when it is aborted in the fault", async () => {
    const world = createWorld({ awaitAlarm: untilCancelled });
    await withWorker(env, world, async () => {
      const handle = await start(await quickInput("abort"));
      await until(world.calls, "awaitAlarm");
      await handle.signal(abortDrillSignal, { who: "ann", reason: "enough" });
      expect((await resultOf(handle)).ending).toBe("aborted");
    });
    expect(world.calls).not.toContain("failOver");
    expect(world.calls.indexOf("liftFault")).toBeGreaterThan(world.calls.indexOf("abort"));
    expect(world.calls.at(-1)).toBe("seal:aborted");
  });

  it("is healed and sealed as aborted when its workflow is cancelled", async () => {
    const world = createWorld({ awaitAlarm: untilCancelled });
    await withWorker(env, world, async () => {
      const handle = await start(await quickInput("cancel"));
      await until(world.calls, "awaitAlarm");
      await handle.cancel();
      expect((await resultOf(handle)).ending).toBe("aborted");
    });
    expect(world.calls).toContain("liftFault");
  });

  it("is healed and sealed as crashed when an act fails", async () => {
    const world = createWorld({ failOver: failing("INTERNAL") });
    await withWorker(env, world, async () => {
      const handle = await start(await quickInput("crash"));
      expect((await resultOf(handle)).ending).toBe("crashed");
    });
    expect(world.calls).toContain("course-failed");
    expect(world.calls).toContain("phase:act:ended");
    expect(world.calls.indexOf("liftFault")).toBeGreaterThan(world.calls.indexOf("failOver"));
    expect(world.calls.at(-1)).toBe("seal:crashed");
  });

  it("lifts a fault whose injection failed half-way: the undo was registered before", async () => {
    const world = createWorld({ injectFault: failing("BAD_INPUT") });
    await withWorker(env, world, async () => {
      expect((await resultOf(await start(await quickInput("inject")))).ending).toBe("crashed");
    });
    expect(world.calls).toContain("liftFault");
  });

  it("is refused, with nothing broken, when preflight finds something wrong", async () => {
    const world = createWorld({ preflight: () => Promise.resolve(["no-fault-present"]) });
    await withWorker(env, world, async () => {
      expect((await resultOf(await start(await quickInput("refused")))).ending).toBe("refused");
    });
    expect(world.calls).not.toContain("injectFault");
  });
});

describe("an approval", () => {
  it("of another plan, another gate or by another role is refused, and the right one lets the drill go on", async () => {
    const world = createWorld();
    const plain = await quickInput("approval");
    const approvals = [{ gate: "start" as const, role: "approver", timeoutMs: 60_000 }];
    const input = { ...plain, scenario: { ...plain.scenario, approvals } };
    const good = {
      gate: "start",
      decision: "approve",
      who: "ann",
      role: "approver",
      planSha256: input.planSha256,
      reason: "planned",
    } as const;
    await withWorker(env, world, async () => {
      const handle = await start(input);
      await until(world.calls, "approval:start:requested");
      expect((await handle.query(progressQuery)).awaiting?.gate).toBe("start");
      const refused = [
        { planSha256: "0".repeat(64) },
        { gate: "failover" as const },
        { role: "observer" },
        { who: "" },
      ];
      for (const wrong of refused) {
        await expect(handle.executeUpdate(approveUpdate, { args: [{ ...good, ...wrong }] })).rejects.toThrow();
      }
      expect(world.calls).not.toContain("startObservation");
      expect(await handle.executeUpdate(approveUpdate, { args: [good] })).toBe("approve");
      expect((await resultOf(handle)).ending).toBe("completed");
    });
  });
});

describe("other drills", () => {
  it("that only add latency lift each step and say why they move nobody", async () => {
    const world = createWorld();
    const plain = await quickInput("latency", "latency-injection");
    const steps = plain.scenario.steps.map((step) => ({ ...step, stepDurationMs: 10, stepsMs: [10, 20] }));
    await withWorker(env, world, async () => {
      const scenario = { ...plain.scenario, steps } as DrillInput["scenario"];
      expect((await resultOf(await start({ ...plain, scenario }))).ending).toBe("completed");
    });
    expect(world.calls.filter((call) => call === "injectFault" || call === "liftFault")).toEqual([
      "injectFault",
      "liftFault",
      "injectFault",
      "liftFault",
    ]);
    expect(world.calls).toContain("phase:act:skipped");
  });

  it("that are planned let writes in again when the move fails", async () => {
    const world = createWorld({ failOver: failing("TIMED_OUT") });
    await withWorker(env, world, async () => {
      expect((await resultOf(await start(await quickInput("planned", "planned-failover")))).ending).toBe("crashed");
    });
    expect(world.calls).toContain("undrain");
  });
});

describe("the janitor", () => {
  it("heals and seals for a drill that was terminated", async () => {
    const world = createWorld();
    await withWorker(env, world, async () => {
      const options = { taskQueue: TEST_QUEUE, workflowId: "janitor-x", args: [{ drillId: "x" }] };
      expect(await env.client.workflow.execute("janitor", options)).toBe("terminated");
    });
    expect(world.calls.indexOf("liftAllFaults")).toBeLessThan(world.calls.indexOf("seal:terminated"));
  });
});

describe("a stored history", () => {
  it("replays on today's workflows", async () => {
    const history: unknown = JSON.parse(await readFile(historyFile, "utf8"));
    await expect(Worker.runReplayHistory({ workflowsPath }, history, "happy")).resolves.toBeUndefined();
  });
});

/** As the server's own JSON, which can be replayed later. */
function storable(history: Parameters<typeof historyToJSON>[0]): string {
  return `${historyToJSON(history)}\n`;
}
