import { describe, expect, it } from "vitest";
import { fixtureView } from "../reports/fixture-view.test-helper.ts";
import { headlineOf } from "./headline.ts";

const view = fixtureView();

describe("the headline", () => {
  it("names the recovery time of each objective with its limit and whose users it is about", () => {
    expect(headlineOf(view.scenario, view).rto).toMatch(
      /^[\d.]+–[\d.]+ s against [\d.]+ s \((read|write), \w+ users\)/,
    );
  });

  it("does not speak of a recovery where nothing was interrupted", () => {
    const serve = { kind: "measured", lo: 0, hi: 0, unit: "ms" } as const;
    const measures = { ...view.measures, recovery: { ...view.measures.recovery, serve } };
    const verdict = { ...view.verdict, objectives: [] };
    expect(headlineOf(view.scenario, { measures, verdict }).rto).toBe("service was not interrupted (no objective set)");
  });

  it("says that nothing was measured rather than that nothing was lost", () => {
    const measures = { ...view.measures, ledger: [] };
    expect(headlineOf(view.scenario, { ...view, measures }).lostWrites).toMatch(/^not measured/);
  });
});
