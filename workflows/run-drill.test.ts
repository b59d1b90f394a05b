import type { TestWorkflowEnvironment } from "@temporalio/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { phases } from "../evidence/events.ts";
import type { DrillInput } from "./messages.ts";
import {
  createWorld,
  failing,
  quickInput,
  resultOf,
  startTemporal,
  startTestDrill,
  TEST_QUEUE,
  withWorker,
} from "./run-drill.test-helper.ts";

let env: TestWorkflowEnvironment;
beforeAll(async () => {
  env = await startTemporal();
});
afterAll(() => env.teardown());

describe("a drill that loses a region", () => {
  it("goes through every phase in order and keeps its history small", async () => {
    const world = createWorld();
    await withWorker(env, world, async () => {
      const handle = await startTestDrill(env, await quickInput("happy"));
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
    });
  });

  it("is healed and sealed as crashed when an act fails", async () => {
    const world = createWorld({ failOver: failing("INTERNAL") });
    await withWorker(env, world, async () => {
      const handle = await startTestDrill(env, await quickInput("crash"));
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
      expect((await resultOf(await startTestDrill(env, await quickInput("inject")))).ending).toBe("crashed");
    });
    expect(world.calls).toContain("liftFault");
  });

  it("is refused, with nothing broken, when preflight finds something wrong", async () => {
    const world = createWorld({ preflight: () => Promise.resolve(["no-fault-present"]) });
    await withWorker(env, world, async () => {
      expect((await resultOf(await startTestDrill(env, await quickInput("refused")))).ending).toBe("refused");
    });
    expect(world.calls).not.toContain("injectFault");
  });
});

describe("other drills", () => {
  it("that only add latency lift each step and say why they move nobody", async () => {
    const world = createWorld();
    const plain = await quickInput("latency", "latency-injection");
    const steps = plain.scenario.steps.map((step) => ({ ...step, stepDurationMs: 10, stepsMs: [10, 20] }));
    await withWorker(env, world, async () => {
      const scenario = { ...plain.scenario, steps } as DrillInput["scenario"];
      expect((await resultOf(await startTestDrill(env, { ...plain, scenario }))).ending).toBe("completed");
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
      expect((await resultOf(await startTestDrill(env, await quickInput("planned", "planned-failover")))).ending).toBe(
        "crashed",
      );
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
