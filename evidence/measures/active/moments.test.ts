import { describe, expect, it } from "vitest";
import { loadScenario } from "../../../scenarios/load.ts";
import { runClock } from "../clock.ts";
import { faultRecords } from "../faults.ts";
import { recoveryOf } from "../recovery.ts";
import { event, faultEvents, unlinked } from "./group.fixture.test-helper.ts";
import { momentsOf } from "./moments.ts";

const { scenario } = await loadScenario("force-unlink-memory-pressure");
const { scenario: pair } = await loadScenario("region-outage");
const told = [
  event(0, "run.opened"),
  ...faultEvents("westeurope", 1000, 40_000),
  event(1500, "routing.changed"),
  event(2000, "alarm.raised"),
  event(20_000, "decision.taken"),
  unlinked(21_000),
  event(50_000, "redundancy.restored", { rejoined: true }),
];
const clock = runClock(told);

describe("the moments of a drill with an active group", () => {
  it("are taken from what was done, not from when it was written down", () => {
    const moments = momentsOf({ events: told, records: faultRecords(told), began: null, clock });
    expect(moments).toMatchObject({ decisionMs: 20_000, releasedMs: 21_000, redundantMs: 50_000, rejoined: true });
    expect(moments.lifted).toMatchObject({ lo: 39_995, hi: 40_005 });
    expect(moments.lostRegions).toEqual(["westeurope"]);
  });

  it("know no release where unlinking failed", () => {
    const failed = event(21_000, "command.done", { ...unlinked(21_000).data, outcome: "failed" });
    const events = [...told.filter((one) => one.type !== "command.done"), failed];
    expect(momentsOf({ events, records: [], began: null, clock }).releasedMs).toBeNull();
  });
});

describe("the act of a recovery", () => {
  const actOf = (of: typeof scenario) =>
    recoveryOf({ scenario: of, events: told, clock, began: null, streams: [], service: [] }).act;

  it("is the unlinking in an active group: its users were moved before anybody decided", () => {
    expect(actOf(scenario)).toMatchObject({ lo: 1000, hi: 1000 });
  });

  it("is the re-routing in a pair, which cannot end before it began", () => {
    expect(actOf(pair)).toMatchObject({ kind: "not-measured" });
  });
});
