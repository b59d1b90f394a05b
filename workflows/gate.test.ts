import type { TestWorkflowEnvironment } from "@temporalio/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { approveUpdate, progressQuery, type ApprovalAnswer, type DrillInput } from "./messages.ts";
import {
  createWorld,
  quickInput,
  resultOf,
  startTemporal,
  startTestDrill,
  untilCalled,
  withWorker,
} from "./run-drill.test-helper.ts";

/** By the workflow while it runs, by the server once it has ended. */
const REFUSED = /Workflow Update failed|already completed/;

let env: TestWorkflowEnvironment;
beforeAll(async () => {
  env = await startTemporal();
});
afterAll(() => env.teardown());

const people = [
  { id: "ann", role: "approver" as const },
  { id: "bob", role: "operator" as const },
];

/** A drill that asks for an approval before it starts. */
async function approvedDrill(drillId: string, timeoutMs = 60_000): Promise<DrillInput> {
  const plain = await quickInput(drillId);
  const approvals = [{ gate: "start" as const, role: "approver", timeoutMs }];
  return { ...plain, scenario: { ...plain.scenario, approvals, people } };
}

function approvalOf(input: DrillInput): ApprovalAnswer {
  const { planSha256 } = input;
  return { gate: "start", decision: "approve", who: "ann", role: "approver", planSha256, reason: "planned" };
}

describe("an approval", () => {
  it("that is not right is refused with its reason, and the right one, given once, lets the drill go on", async () => {
    const world = createWorld();
    const input = await approvedDrill("approval");
    const good = approvalOf(input);
    const wrong = [
      [{ planSha256: "0".repeat(64) }, "the plan is"],
      [{ gate: "failover" as const }, "the gate that waits"],
      [{ role: "operator" }, "role"],
      [{ who: "bob" }, "who"],
      [{ who: "" }, "who"],
    ] as const;
    await withWorker(env, world, async () => {
      const handle = await startTestDrill(env, input);
      await untilCalled(world, "approval:start:requested");
      const before = await handle.query(progressQuery);
      expect(before.awaiting).toMatchObject({ gate: "start", role: "approver", planSha256: input.planSha256 });
      for (const [change, reason] of wrong) {
        const refused = handle.executeUpdate(approveUpdate, { args: [{ ...good, ...change }] });
        await expect(refused).rejects.toMatchObject({ cause: { message: expect.stringContaining(reason) as string } });
      }
      expect(await handle.query(progressQuery)).toEqual(before);
      expect(world.calls).not.toContain("startObservation");
      expect(await handle.executeUpdate(approveUpdate, { args: [good] })).toBe("approve");
      await expect(handle.executeUpdate(approveUpdate, { args: [good] })).rejects.toThrow(REFUSED);
      expect((await resultOf(handle)).ending).toBe("completed");
    });
    expect(world.calls.filter((call) => call === "approval:start:answered")).toHaveLength(1);
  });

  it("that is declined ends the drill, sealed, with nothing broken", async () => {
    const world = createWorld();
    const input = await approvedDrill("declined");
    await withWorker(env, world, async () => {
      const handle = await startTestDrill(env, input);
      await untilCalled(world, "approval:start:requested");
      await handle.executeUpdate(approveUpdate, { args: [{ ...approvalOf(input), decision: "decline" }] });
      expect((await resultOf(handle)).ending).toBe("declined");
    });
    expect(world.calls).not.toContain("injectFault");
    expect(world.calls.at(-1)).toBe("seal:declined");
  });

  it("that nobody gives ends the drill when its time is over, and comes too late afterwards", async () => {
    const world = createWorld();
    const input = await approvedDrill("unanswered", 300);
    await withWorker(env, world, async () => {
      const handle = await startTestDrill(env, input);
      expect((await resultOf(handle)).ending).toBe("timed-out");
      await expect(handle.executeUpdate(approveUpdate, { args: [approvalOf(input)] })).rejects.toThrow(REFUSED);
    });
    expect(world.calls).not.toContain("injectFault");
    expect(world.calls.at(-1)).toBe("seal:timed-out");
  });
});

describe("a decision to fail over", () => {
  /** The outage is under way; a person decides. */
  async function decidedBy(drillId: string, timeoutMs: number): Promise<DrillInput> {
    const plain = await quickInput(drillId);
    const decision = { by: "person" as const, role: "operator", timeoutMs };
    return { ...plain, scenario: { ...plain.scenario, decision, people } };
  }

  it("is taken by the person whose role it is", async () => {
    const world = createWorld();
    const input = await decidedBy("decided", 60_000);
    const answer = { ...approvalOf(input), gate: "failover", who: "bob", role: "operator" } as const;
    await withWorker(env, world, async () => {
      const handle = await startTestDrill(env, input);
      await untilCalled(world, "approval:failover:requested");
      expect(world.calls).not.toContain("failOver");
      await handle.executeUpdate(approveUpdate, { args: [answer] });
      expect((await resultOf(handle)).ending).toBe("completed");
    });
    expect(world.calls.indexOf("decision")).toBeLessThan(world.calls.indexOf("failOver"));
  });

  it("that nobody takes heals the region and seals the drill", async () => {
    const world = createWorld();
    await withWorker(env, world, async () => {
      const handle = await startTestDrill(env, await decidedBy("undecided", 300));
      expect((await resultOf(handle)).ending).toBe("timed-out");
    });
    expect(world.calls).not.toContain("failOver");
    expect(world.calls.indexOf("liftFault")).toBeLessThan(world.calls.indexOf("seal:timed-out"));
  });
});
