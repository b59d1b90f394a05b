import type { TestWorkflowEnvironment } from "@temporalio/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Activities } from "../activities/create-activities.ts";
import { abortDrillSignal, progressQuery } from "./messages.ts";
import {
  createWorld,
  failing,
  quickInput,
  resultOf,
  startTemporal,
  startTestDrill,
  untilCalled,
  untilCancelled,
  withWorker,
} from "./run-drill.test-helper.ts";

let env: TestWorkflowEnvironment;
beforeAll(async () => {
  env = await startTemporal();
});
afterAll(() => env.teardown());

/** Where the drill stands when it is aborted, the act that stands still there, and what must have been undone. */
const places: readonly (readonly [phase: string, act: keyof Activities, undone: readonly string[]])[] = [
  ["preflight", "preflight", ["estateDown"]],
  ["baseline", "startObservation", ["stopObservation", "estateDown"]],
  ["fault", "injectFault", ["liftFault", "stopObservation", "estateDown"]],
  ["detect", "awaitAlarm", ["liftFault", "stopObservation", "estateDown"]],
  ["act", "failOver", ["liftFault", "stopObservation", "estateDown"]],
  ["restore", "awaitService", ["liftFault", "stopObservation", "estateDown"]],
  ["rejoin", "relink", ["stopObservation", "estateDown"]],
  ["validate", "measureReplicationDelay", ["stopObservation", "estateDown"]],
];

describe("a drill that is aborted", () => {
  it.each(places)("in %s is undone and sealed as aborted", async (phase, act, undone) => {
    const world = createWorld({ [act]: untilCancelled });
    await withWorker(env, world, async () => {
      const handle = await startTestDrill(env, await quickInput(`abort-${phase}`));
      await untilCalled(world, act);
      expect((await handle.query(progressQuery)).phase).toBe(phase);
      await handle.signal(abortDrillSignal, { who: "ann", reason: "enough" });
      expect((await resultOf(handle)).ending).toBe("aborted");
    });
    const after = world.calls.slice(world.calls.indexOf("abort"));
    expect(after).toContain(`phase:${phase}:ended`);
    expect(after.filter((call) => undone.includes(call))).toEqual(undone);
    expect(world.calls.at(-1)).toBe("seal:aborted");
  });

  it("is aborted even if the act that is interrupted fails in its own way", async () => {
    const stubborn = async (): Promise<never> => untilCancelled().catch(() => failing("UNAVAILABLE")());
    const world = createWorld({ failOver: stubborn });
    await withWorker(env, world, async () => {
      const handle = await startTestDrill(env, await quickInput("abort-stubborn"));
      await untilCalled(world, "failOver");
      await handle.signal(abortDrillSignal, { who: "ann", reason: "enough" });
      expect((await resultOf(handle)).ending).toBe("aborted");
    });
    expect(world.calls).not.toContain("course-failed");
  });

  it("by cancelling its workflow is undone and sealed all the same", async () => {
    const world = createWorld({ awaitAlarm: untilCancelled });
    await withWorker(env, world, async () => {
      const handle = await startTestDrill(env, await quickInput("cancel"));
      await untilCalled(world, "awaitAlarm");
      await handle.cancel();
      expect((await resultOf(handle)).ending).toBe("aborted");
    });
    expect(world.calls).toContain("liftFault");
  });

  it("lets writes in again when that was a planned failover", async () => {
    const world = createWorld({ failOver: untilCancelled });
    await withWorker(env, world, async () => {
      const handle = await startTestDrill(env, await quickInput("abort-planned", "planned-failover"));
      await untilCalled(world, "failOver");
      await handle.signal(abortDrillSignal, { who: "ann", reason: "enough" });
      expect((await resultOf(handle)).ending).toBe("aborted");
    });
    expect(world.calls.indexOf("undrain")).toBeGreaterThan(world.calls.indexOf("abort"));
  });
});

describe("an abort condition of the plan", () => {
  it("ends the drill by itself when it is met", async () => {
    const world = createWorld({ awaitAlarm: untilCancelled });
    const plain = await quickInput("too-long");
    const abortWhen = [{ metric: "drill-duration" as const, aboveMs: 1500 }];
    await withWorker(env, world, async () => {
      const handle = await startTestDrill(env, { ...plain, scenario: { ...plain.scenario, abortWhen } });
      expect((await resultOf(handle)).ending).toBe("aborted");
    });
    expect(world.calls).toContain("abort");
    expect(world.calls).toContain("liftFault");
    expect(world.calls.at(-1)).toBe("seal:aborted");
  });
});
