import { describe, expect, it } from "vitest";
import type { BundleView } from "../evidence/view.ts";
import { groupFixtureView, hugeGroupView, unseenGroupView } from "./fixture-group-view.test-helper.ts";
import { fixtureView } from "./fixture-view.test-helper.ts";
import { REPORT_LIMIT_BYTES } from "./html/page.ts";
import { renderers } from "./index.ts";

function rendered(file: string, view: BundleView): string {
  return renderers.find((renderer) => renderer.file === file)?.render(view) ?? "";
}

/** What a reader reads: without tags, entities resolved, white space joined. */
function read(view: BundleView): string {
  return rendered("report.html", view)
    .replace(/<[^>]*>/g, " ")
    .replace(/&lt;/g, "<")
    .replace(/&gt;/g, ">")
    .replace(/\s+/g, " ");
}

type Active = NonNullable<BundleView["measures"]["active"]>;

function withActive(change: Partial<Active>): BundleView {
  const view = groupFixtureView();
  const { active } = view.measures;
  if (!active) throw new Error("the fixture has an active group");
  return { ...view, measures: { ...view.measures, active: { ...active, ...change } } };
}

describe("the report of an active group", { timeout: 30_000 }, () => {
  it("says who decided, on what, and with how much memory left the member was unlinked", () => {
    for (const page of [read(groupFixtureView()), rendered("report.md", groupFixtureView())]) {
      expect(page).toContain("+60.000 s by olga (person), 900 ms after the question");
      expect(page).toContain("less than 35.00 % of maxmemory left");
      expect(page).toContain("31.80–32.40 % of maxmemory, at cache-north");
      expect(page).toContain("+60.100 s with 32.00 % left");
    }
  });

  it("says of a lost member that was never unlinked just that", () => {
    const view = groupFixtureView();
    const events = view.events.filter(({ data }) => data["operation"] !== "forceUnlink");
    expect(read({ ...view, events })).toContain("Unlinked never");
  });

  it("tells what the release gave back, in used_memory and in RSS, and why the two differ", () => {
    const page = read(groupFixtureView());
    expect(page).toContain("cache-north: used_memory 34.1 MB → 14.0 MB; RSS 40.0 MB → 39.8 MB");
    expect(page).toContain("RSS need not fall with used_memory");
  });

  it("holds each forecast against what came", () => {
    const page = read(groupFixtureView());
    expect(page).toContain("at the decision +60.000 s cache-north 31.800 s to OOM 32.100 s −300 ms");
    const outcome = { kind: "reached", atMs: 88_000, member: "cache-east", by: "a write refused with OOM" } as const;
    const reached = withActive({ forecast: { outcome, points: [] } });
    expect(read(reached)).toContain("Memory did run out at +88.000 s at cache-east: a write refused with OOM.");
  });

  it("shows where each member is and what each saw of the group before and after a change", () => {
    const page = read(groupFixtureView());
    expect(page).toContain("cache-west westeurope rg-shop");
    expect(page).toMatch(/forceUnlink cache-west .{0,80}cache-west could not be asked could not be asked/);
    const without = "epoch 5, open: cache-north, cache-east";
    expect(page).toContain(`cache-north epoch 4, open: cache-west, cache-north, cache-east ${without}`);
    expect(page).toContain("+12.900 s westeurope westeurope northeurope app-westeurope did not answer");
  });

  it("shows what changed in a member's own words and in ARM's, and not what it measures of itself", () => {
    const page = read(groupFixtureView());
    expect(page).toContain("Δ arm.geoReplication.linkedDatabases.cache-west Linked absent");
    expect(page).toContain("Δ own.epoch 4 5");
    expect(page).not.toContain("own.usedMemoryBytes");
  });

  it("warns of a total loss", () => {
    expect(read(groupFixtureView())).not.toContain("total loss");
    expect(read(withActive({ totalLoss: true }))).toContain("Every member came back empty at once: total loss");
  });

  it("shows keys and lost values as text where they are text, and as they are kept where they are not", () => {
    const page = read(groupFixtureView());
    expect(page).toContain("session:42");
    expect(page).toContain("<img src=x onerror=window.hit=1> · field-1");
    expect(page).toContain("a removal");
    expect(page).not.toContain("\u202e");
    expect(page).toContain(`base64 ${Buffer.from("a\u202eb").toString("base64")}`);
    expect(page).toContain("cache-north 3 add-wins 2, last-write-wins 1");
  });

  it("tells delayed writes from lost ones, per region", () => {
    expect(read(groupFixtureView())).toContain("westeurope 2,010 1,990 1,911 61 18 18");
    expect(rendered("report.md", groupFixtureView())).toContain("| `westeurope` | 1,990 | 61 | **18** | 18 | 0 |");
  });

  it("lists what differs where the members do not agree, and counters that show too much", () => {
    const key = Buffer.from("board").toString("base64");
    const difference = {
      key,
      kind: "content",
      shown: { "cache-north": "3 members", "cache-east": "2 members" },
    } as const;
    const [comparison] = groupFixtureView().measures.active?.comparisons ?? [];
    const [counter] = groupFixtureView().measures.active?.counters ?? [];
    if (!comparison || !counter) throw new Error("the fixture has a comparison and a counter");
    const unequal = { ...comparison, equal: false, differenceCount: 1, differences: [difference] };
    const page = read(withActive({ comparisons: [unequal], counters: [{ ...counter, sum: "too-high" }] }));
    expect(page).toContain("board content cache-north: 3 members; cache-east: 2 members");
    expect(page).toContain("✕ too high");
  });

  it("puts the drill clock against its limit", () => {
    expect(read(groupFixtureView())).toContain("95.990–96.010 s against 600 s");
    expect(rendered("junit.xml", groupFixtureView())).toContain(
      '<property name="group.drill-clock.hi" value="96010"/>',
    );
  });

  it("says of a group that was never sampled that nothing was measured, and never NaN", () => {
    expect(read(unseenGroupView())).toContain("Not measured: the group was never sampled.");
    for (const { render } of renderers) {
      expect(render(unseenGroupView())).not.toMatch(/NaN|undefined|Infinity|\[object/);
    }
  });

  it("stays within its size and announces what it cut", () => {
    const page = rendered("report.html", hugeGroupView(100));
    expect(Buffer.byteLength(page)).toBeLessThanOrEqual(REPORT_LIMIT_BYTES);
    expect(page).toMatch(/Showing \d+ of 500; all in conflicts\//);
  });

  it("is the only one with a word of members, forecasts or conflicts", () => {
    const passive = rendered("report.html", fixtureView());
    for (const id of ["memory", "decision", "members", "lag", "convergence", "conflicts", "origins"]) {
      expect(passive).not.toContain(`id="${id}"`);
      expect(rendered("report.html", groupFixtureView())).toContain(`id="${id}"`);
    }
    expect(rendered("report.md", fixtureView())).not.toContain("## Members");
    expect(rendered("junit.xml", fixtureView())).not.toContain("group.");
  });
});
