import { describe, expect, it } from "vitest";
import type { Progress } from "../../workflows/messages.ts";
import type { CliContext } from "../context.ts";
import { createProgressView } from "./progress-view.ts";

const start = Date.now() - 12_345;

function progress(change: Partial<Progress>): Progress {
  return {
    drillId: "region-outage-1",
    scenario: "region-outage",
    startedAtMs: start,
    phase: "baseline",
    phaseStartedAtMs: start,
    phases: [{ phase: "baseline", state: "running" }],
    awaiting: null,
    faults: [],
    numbers: {},
    ending: null,
    ...change,
  };
}

/** What a view writes, on a terminal or without one. */
function written(live: boolean, shown: readonly (readonly [Progress, readonly string[]])[]): string[] {
  const said: string[] = [];
  const context: CliContext = {
    home: "/nowhere",
    print: () => undefined,
    say: (text) => said.push(text),
    write: { out: () => undefined, err: (text) => said.push(text) },
    live,
    exitCode: 0,
  };
  const view = createProgressView(context);
  for (const [now, current] of shown) view.show(now, current);
  view.end();
  return said;
}

describe("progress without a terminal", () => {
  it("is a plain line for each phase, with the time and what users feel, and none while nothing changes", () => {
    const same = progress({});
    const lines = written(false, [
      [same, ["write west 100 % ok"]],
      [same, ["write west 99 % ok"]],
    ]);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^\[12\.\d s\] {2}baseline {2}write west 100 % ok$/);
  });

  it("leaves no phase out that was over before anyone looked", () => {
    const phases = [
      { phase: "baseline", state: "done" },
      { phase: "approve", state: "skipped" },
      { phase: "fault", state: "running" },
    ] as const;
    const lines = written(false, [[progress({ phase: "fault", phases, faults: ["f1"] }), []]]);
    expect(lines.map((line) => line.replace(/^\[.*\] {2}/, ""))).toEqual([
      "baseline (done)",
      "approve (does not apply)",
      "fault  faults: f1",
    ]);
  });

  it("says at a gate who may answer and by which command", () => {
    const awaiting = { gate: "failover", role: "operator", planSha256: "abc" } as const;
    const [line] = written(false, [[progress({ awaiting }), []]]);
    expect(line).toContain("waits for operator");
    expect(line).toContain("bin/lifeboat approve region-outage-1 --gate failover --as NAME --plan abc");
  });

  it("names the only person who may answer, if the plan names one", () => {
    const awaiting = { gate: "force-unlink", role: "approver", who: "olga", planSha256: "abc" } as const;
    const [line] = written(false, [[progress({ awaiting }), []]]);
    expect(line).toContain("waits for olga, approver");
    expect(line).toContain("--gate force-unlink --as olga --plan abc");
  });
});

describe("progress on a terminal", () => {
  it("is redrawn in place, over exactly as many lines as were drawn before", () => {
    const phases = [
      { phase: "baseline", state: "done" },
      { phase: "fault", state: "running" },
    ] as const;
    const [first, second] = written(true, [
      [progress({ phase: "fault", phases }), ["x".repeat(300)]],
      [progress({ phase: "fault", phases }), []],
    ]);
    const drawn = first?.split("\n").length ?? 0;
    expect(drawn).toBeGreaterThan(4);
    expect(second?.startsWith(`\u001B[${drawn - 1}A`)).toBe(true);
    expect(first?.split("\n").every((line) => line.length <= 79 + "\u001B[2K".length)).toBe(true);
  });
});
