import { describe, expect, it } from "vitest";
import { fixtureView } from "./fixture-view.test-helper.ts";
import { renderPage } from "./html/page.ts";
import { renderMarkdown } from "./markdown.ts";

describe("what a cache alone held when it came back", () => {
  it("is told beside the losses, and not mentioned when none came back", () => {
    const view = fixtureView();
    const [first] = view.events;
    if (!first) throw new Error("the fixture has events");
    const data = { discarded: { cache: "old", comparedWith: "new", ledgerWrites: 1200, onlyThere: 7 } };
    const told = { ...view, events: [...view.events, { ...first, type: "note" as const, data }] };
    for (const render of [renderMarkdown, renderPage]) {
      expect(render(told)).toContain("7 of which new had not; linking it as secondary replaced its data (P17).");
      expect(render(view)).not.toContain("had not; linking");
    }
  });
});
