import { describe, expect, it } from "vitest";
import type { Condition, ConditionEffect } from "../../contracts/network.ts";
import { effectOn, type LinkPlace } from "./conditions.ts";

const link: LinkPlace = { from: "a", to: "b", path: "clients", baseLatencyMs: 10 };

function condition(
  effect: ConditionEffect,
  [from, to]: [string, string],
  path: "clients" | "replication" | "all" = "all",
): Condition {
  return { id: effect.kind, selectors: [{ from, to, path }], effect, endsAtMonoNs: "1" };
}
const latency = { kind: "latency", latencyMs: 5, jitterMs: 1 } as const;

describe("conditions on a link from a to b", () => {
  it("act forward when selected from a to b and backward when selected from b to a", () => {
    expect(effectOn(link, [condition(latency, ["a", "b"])])).toMatchObject({
      forward: { latencyMs: 15 },
      backward: { latencyMs: 10 },
    });
    expect(effectOn(link, [condition(latency, ["b", "a"])])).toMatchObject({
      forward: { latencyMs: 10 },
      backward: { latencyMs: 15 },
    });
  });

  it("act both ways when everything is selected", () => {
    const effect = effectOn(link, [condition({ kind: "loss" }, ["*", "*"])]);
    expect([effect.forward.held, effect.backward.held]).toEqual([true, true]);
  });

  it("add latencies and take the narrowest bandwidth", () => {
    const effect = effectOn(link, [
      condition(latency, ["a", "*"]),
      condition({ kind: "bandwidth", bytesPerSecond: 100 }, ["a", "b"]),
      condition({ kind: "bandwidth", bytesPerSecond: 50 }, ["*", "b"]),
      condition(latency, ["a", "b"]),
    ]);
    expect(effect.forward).toEqual({ latencyMs: 20, jitterMs: 2, bytesPerSecond: 50, held: false });
  });

  it("silence both directions when it is a partition, whichever was selected", () => {
    const effect = effectOn(link, [condition({ kind: "partition" }, ["b", "a"])]);
    expect([effect.forward.held, effect.backward.held]).toEqual([true, true]);
  });

  it("leave other places and other paths alone", () => {
    const others = [condition(latency, ["a", "c"]), condition(latency, ["a", "b"], "replication")];
    expect(effectOn(link, others)).toMatchObject({ forward: { latencyMs: 10 }, conditions: [] });
  });
});
