import type { TestWorkflowEnvironment } from "@temporalio/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitFor } from "../base/waits.ts";
import { phases } from "../evidence/events.ts";
import { approveUpdate, progressQuery, type ApprovalAnswer } from "./messages.ts";
import {
  createWorld,
  failing,
  quickInput,
  resultOf,
  startTemporal,
  startTestDrill,
  withWorker,
  type World,
} from "./run-drill.test-helper.ts";

let env: TestWorkflowEnvironment;
beforeAll(async () => {
  env = await startTemporal();
});
afterAll(() => env.teardown());

function phasesIn({ calls }: World): string[] {
  return calls.flatMap((call) => /^phase:(\w+):(?:started|skipped)$/.exec(call)?.[1] ?? []);
}

function only({ calls }: World, acts: readonly string[]): string[] {
  return calls.filter((call) => acts.includes(call));
}

describe("a drill that loses a member and waits for it", () => {
  it("unlinks nothing, heals, and compares once nobody writes any more; every phase is there or skipped", async () => {
    const world = createWorld();
    await withWorker(env, world, async () => {
      const input = await quickInput("wait", "active-region-outage");
      expect((await resultOf(await startTestDrill(env, input))).ending).toBe("completed");
    });
    expect(phasesIn(world)).toEqual(phases);
    const order = ["injectFault", "awaitMemberLost", "liftFault", "reuniteMember", "stopObservation", "compareMembers"];
    expect(only(world, [...order, "forceUnlinkMember", "recreateMember"])).toEqual(order);
    expect(world.calls).toContain("phase:act:skipped");
  });

  it("stops its clients before it heals, also when it breaks off", async () => {
    const world = createWorld({ awaitService: failing("TIMED_OUT") });
    await withWorker(env, world, async () => {
      const input = await quickInput("split", "split-brain");
      expect((await resultOf(await startTestDrill(env, input))).ending).toBe("crashed");
    });
    const order = ["injectFault", "writeInRegions ended", "liftFault"];
    expect(only(world, order)).toEqual(order);
  });
});

describe("a drill that unlinks a member by force", () => {
  const answer: Omit<ApprovalAnswer, "planSha256" | "who"> = {
    gate: "force-unlink",
    decision: "approve",
    role: "approver",
    reason: "",
  };

  it("asks its owner and nobody else, acts after the answer, and creates the member anew after healing", async () => {
    const world = createWorld();
    await withWorker(env, world, async () => {
      const plan = await quickInput("unlink", "force-unlink-memory-pressure");
      const people = [...plan.scenario.people, { id: "otto", role: "approver" } as const];
      const handle = await startTestDrill(env, { ...plan, scenario: { ...plan.scenario, people } });
      const awaiting = await waitFor(async () => (await handle.query(progressQuery)).awaiting ?? undefined, {
        what: "the gate",
        timeoutMs: 20_000,
      });
      const { planSha256 } = awaiting;
      expect(awaiting).toMatchObject({ gate: "force-unlink", who: "olga" });
      expect((await handle.query(progressQuery)).numbers).toMatchObject({ headroomRatio: 0.4, minutesToOom: 0.5 });
      expect(world.calls).not.toContain("forceUnlinkMember");
      const by = (who: string): Promise<string> =>
        handle.executeUpdate(approveUpdate, { args: [{ ...answer, who, planSha256 }] });
      await expect(by("otto")).rejects.toMatchObject({ cause: { message: expect.stringContaining('only "olga"') } });
      await by("olga");
      expect((await resultOf(handle)).ending).toBe("completed");
    });
    expect(phasesIn(world)).toEqual(phases);
    const order = ["watchHeadroom", "forceUnlinkMember", "liftFault", "checkOldMember", "recreateMember"];
    expect(only(world, [...order, "reuniteMember"])).toEqual(order);
  });

  it("breaks off, heals and says so when memory never gets short", async () => {
    const world = createWorld({
      watchHeadroom: () => Promise.resolve({ held: false, headroomRatio: 0.9, minutesToOom: null }),
    });
    await withWorker(env, world, async () => {
      const plan = await quickInput("no-pressure", "force-unlink-too-late");
      const steps = plan.scenario.steps.map((step) =>
        step.kind === "region-outage" && step.response?.kind === "force-unlink"
          ? { ...step, response: { ...step.response, trigger: { headroomBelowRatio: 0.5, timeoutMs: 300 } } }
          : step,
      );
      const handle = await startTestDrill(env, { ...plan, scenario: { ...plan.scenario, steps } });
      expect((await resultOf(handle)).ending).toBe("timed-out");
    });
    expect(world.calls).not.toContain("forceUnlinkMember");
    expect(world.calls).toContain("liftFault");
  });
});
