import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { elapsedMs, stamp } from "../../base/clocks.ts";
import { waitFor } from "../../base/waits.ts";
import { eventsOf, outage, scenarioWith, sealedVerdict, startDrill, untilEvent } from "./drill.test-helper.ts";
import { createStack, type Stack } from "./stack.test-helper.ts";

let stack: Stack;
let scenario: string;
beforeAll(async () => {
  stack = await createStack();
  scenario = await scenarioWith(stack, { steps: outage("kill", 60_000), baselineMs: 1000 });
});
afterAll(() => stack.end(), 60_000);

async function nothingLeft(): Promise<void> {
  await waitFor(() => stack.everything().length === 0, { what: "every process to stop", timeoutMs: 60_000 });
}

describe("Ctrl-C in the middle of a fault", { timeout: 200_000 }, () => {
  it("once: says so, heals, seals as aborted and takes down what the drill started", async () => {
    const drill = await startDrill(stack, scenario);
    const drillId = await untilEvent(stack, drill, { type: "phase.ended", phase: "fault" });
    drill.child.kill("SIGINT");
    const { code, stdout, stderr } = await drill.ended;
    expect(code, stderr).toBe(3);
    expect(stderr).toContain("aborting: healing and sealing");
    expect(stdout).toContain("(aborted)");
    expect(await sealedVerdict(stack, drillId)).toMatchObject({ ending: "aborted" });
    expect((await eventsOf(stack, drillId)).map(({ type }) => type)).toContain("fault.lifted");
    await nothingLeft();
  });

  it("twice: returns at once and says how to follow; the rest is healed, sealed and stopped without it", async () => {
    const drill = await startDrill(stack, scenario);
    await untilEvent(stack, drill, { type: "phase.ended", phase: "fault" });
    drill.child.kill("SIGINT");
    await waitFor(() => drill.output().includes("aborting"), { what: "the first to be heard", timeoutMs: 10_000 });
    const secondAt = stamp();
    drill.child.kill("SIGINT");
    const { code, stderr } = await drill.ended;
    expect(elapsedMs(secondAt, stamp())).toBeLessThan(5000);
    expect(code).toBe(3);
    const drillId = /left alone: (\S+) heals and seals by itself; bin\/lifeboat drill list/.exec(stderr)?.[1] ?? stderr;
    expect(stack.everything().length).toBeGreaterThan(0);
    expect(await sealedVerdict(stack, drillId)).toMatchObject({ ending: "aborted" });
    expect((await eventsOf(stack, drillId)).map(({ type }) => type)).toContain("fault.lifted");
    await nothingLeft();
    expect((await stack.run("drill", "list")).stdout).toMatch(new RegExp(`${drillId}.*aborted`));
  });
});
