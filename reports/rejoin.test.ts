import { describe, expect, it } from "vitest";
import { fixtureView } from "./fixture-view.test-helper.ts";
import { renderPage } from "./html/page.ts";
import { renderMarkdown } from "./markdown.ts";

describe("a cache that comes back", () => {
  it("is told of beside the losses: what it alone held, and how long replacing that took", () => {
    const view = fixtureView();
    const [first] = view.events;
    if (!first) throw new Error("the fixture has events");
    const data = { discarded: { cache: "old", comparedWith: "new", ledgerWrites: 1200, onlyThere: 7 } };
    const sync = { fullSyncMs: 900, fullSync: { loMs: 612, hiMs: 640 } };
    const events = [
      ...view.events,
      { ...first, type: "note" as const, data },
      { ...first, type: "redundancy.restored" as const, data: sync },
    ];
    const told = { ...view, events };
    for (const render of [renderMarkdown, renderPage]) {
      expect(render(told)).toContain("7 of which new had not; linking it as secondary replaced its data (P17).");
      expect(render(told)).toContain("The full sync took 612–640 ms.");
      expect(render(view)).not.toContain("had not; linking");
    }
  });
});
