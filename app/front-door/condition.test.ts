import { describe, expect, it } from "vitest";
import { createCondition } from "./condition.ts";

const EVERY_MS = 100;

/** Checks every 100 ms from `fromMs` on; the instant from which it was healthy without a break, if it is at the end. */
function healthyAfter(condition: ReturnType<typeof createCondition>, fromMs: number): number {
  for (let nowMs = fromMs; nowMs < fromMs + 120_000; nowMs += EVERY_MS) {
    condition.checked(null, nowMs);
    if (condition.state() === "healthy") return nowMs - fromMs;
  }
  return Infinity;
}

function healthyCondition(): ReturnType<typeof createCondition> {
  const condition = createCondition();
  condition.checked(null, 0);
  return condition;
}

function lose(condition: ReturnType<typeof createCondition>, nowMs: number): void {
  condition.checked("gone", nowMs);
  condition.checked("gone", nowMs + EVERY_MS);
}

describe("the condition of an instance", () => {
  it("is unknown until a check was good or two were bad", () => {
    const condition = createCondition();
    expect(condition.state()).toBe("unknown");
    condition.checked("gone", 0);
    expect(condition.state()).toBe("unknown");
    condition.checked(null, 100);
    expect(condition.state()).toBe("healthy");
  });

  it("is not lost by a single bad check", () => {
    const condition = createCondition();
    condition.checked(null, 0);
    condition.checked("slow", 100);
    condition.checked(null, 200);
    condition.checked("slow", 300);
    expect(condition.state()).toBe("healthy");
  });

  it("is lost by two in a row, and says why", () => {
    const condition = createCondition();
    lose(condition, 0);
    expect([condition.state(), condition.reason()]).toEqual(["lost", "gone"]);
  });

  it("comes back after a second of good checks, counted anew after each bad one", () => {
    const condition = healthyCondition();
    lose(condition, 0);
    for (let nowMs = 200; nowMs < 1100; nowMs += EVERY_MS) condition.checked(null, nowMs);
    condition.checked("slow", 1100);
    expect(healthyAfter(condition, 1200)).toBe(1000);
  });

  it("does not count as a loss that it was not there at first", () => {
    const condition = createCondition();
    lose(condition, 0);
    expect(healthyAfter(condition, 200)).toBe(1000);
    lose(condition, 2000);
    expect(healthyAfter(condition, 2200)).toBe(1000);
  });

  it("waits longer with every loss within a minute, up to a bound, and forgets losses", () => {
    const condition = healthyCondition();
    const waits: number[] = [];
    let nowMs = 0;
    for (let loss = 0; loss < 6; loss += 1) {
      lose(condition, nowMs);
      const tookMs = healthyAfter(condition, nowMs + 200);
      waits.push(tookMs);
      nowMs += 200 + tookMs;
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 16_000]);
    lose(condition, nowMs + 60_000);
    expect(healthyAfter(condition, nowMs + 60_200)).toBe(1000);
  });
});
