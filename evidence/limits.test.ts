import { describe, expect, it } from "vitest";
import { eventInputSchema, type DrillEvent } from "./events.ts";
import { limitsOf } from "./limits.ts";
import { at, eventsOf, plan } from "./sealed-bundle.fixture.test-helper.ts";

const told = eventsOf().map((event, seq) => ({ ...eventInputSchema.parse(event), seq, prev: "", recordedAt: at(seq) }));
const event = (type: DrillEvent["type"], data: Record<string, unknown> = {}): DrillEvent => ({
  ...(told[0] as DrillEvent),
  type,
  data,
});
const said = (events: readonly DrillEvent[], scenario: typeof plan | null = plan): string =>
  limitsOf(scenario, events).notShown.join("\n");

describe("the limits of a run", () => {
  it("name what every run lacks, and what the scenario leaves out", () => {
    const own = said(told, { ...plan, exclusions: ["Certificates are not rehearsed."] });
    expect(own).toContain("cannot bind the one who holds the key");
    expect(own).toContain("One drill is one sample");
    expect(own).toContain("Certificates are not rehearsed.");
    expect(limitsOf(null, []).notShown.length).toBeGreaterThan(10);
  });

  it.each([
    ["people", told, { ...plan, people: [{ id: "j.okafor", role: "approver" as const }] }, "Nobody is named"],
    ["an approval", [...told, event("approval.requested")], plan, "Nobody approved"],
    ["redundancy", [...told, event("redundancy.restored")], plan, "Redundancy was not seen"],
  ])("say so only where %s is missing", (_, events, scenario, text) => {
    expect(said(told)).toContain(text);
    expect(said(events, scenario)).not.toContain(text);
  });

  it("say that nothing was lost without warning when no fault was active", () => {
    expect(said(told)).not.toContain("No fault was injected");
    expect(said(told.filter((one) => one.type !== "fault.active"))).toContain("No fault was injected");
  });

  it("say who decided and that an approval is not signed", () => {
    const byPolicy = said([event("decision.taken", { by: "policy" })]);
    expect(byPolicy).toContain("taken by a policy");
    const byPerson = said([event("decision.taken", { by: "person" }), event("approval.given")]);
    expect(byPerson).not.toContain("taken by a policy");
    expect(byPerson).toContain("did not sign it");
  });

  it("are those of an active group where one was drilled, and of nothing else", () => {
    const topology = {
      kind: "active-group" as const,
      nickname: "boards",
      regions: plan.topology.regions,
      caches: [],
      evictionPolicy: "NoEviction" as const,
      memoryScale: 1000,
    };
    const idsOf = (limits: ReturnType<typeof limitsOf>) => limits.rules.map(({ id }) => id[0]);
    const group = limitsOf({ ...plan, topology }, told);
    expect(group.notShown.join("\n")).toContain("No conflict was counted");
    expect(idsOf(group)).not.toContain("P");
    expect(idsOf(limitsOf(plan, told))).not.toContain("A");
    expect(limitsOf(plan, told).notShown.join("\n")).not.toContain("conflict");
  });

  it("count a rule as observed only when this run's events show it", () => {
    const howOf = (events: readonly DrillEvent[], id: string) =>
      limitsOf(plan, events).rules.find((rule) => rule.id === id)?.how;
    expect(howOf(told, "unlink")).toBe("observed");
    expect(howOf([], "unlink")).toBe("modelled");
    expect(howOf(told, "P12")).toBe("modelled");
  });
});
