import fc from "fast-check";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BundleView } from "../evidence/view.ts";
import { startBrowser } from "./browser.test-helper.ts";
import { groupFixtureView } from "./fixture-group-view.test-helper.ts";
import { fixtureView } from "./fixture-view.test-helper.ts";
import { renderers } from "./index.ts";
import { ATTACKS, poisoned } from "./poison.test-helper.ts";

const RUNS = 25;

/** Pieces that mean something to a parser, in any order, between any characters. */
const hostileText = fc
  .array(
    fc.oneof(
      fc.constantFrom(...ATTACKS, "<", ">", '"', "'", "&", "</", "<!--", "-->", "]]>", "`", "|", "\r\n", "${", "url("),
      fc.string({ unit: "binary", maxLength: 8 }),
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map((parts) => parts.join(""));
const attacks = fc.array(hostileText, { minLength: 1, maxLength: 24 });

let browser: Browser;
let page: Page;
beforeAll(async () => {
  browser = await startBrowser();
  page = await browser.newPage();
}, 60_000);
afterAll(() => browser?.close());

function rendered(file: string, view: BundleView): string {
  return renderers.find((renderer) => renderer.file === file)?.render(view) ?? "";
}

/** What a browser makes of a page: the kinds of elements and attributes, and what its links and styles say. */
async function madeOf(html: string) {
  return page.evaluate((text) => {
    const parsed = new DOMParser().parseFromString(text, "text/html");
    const all = [...parsed.querySelectorAll("*")];
    const names = all.flatMap((element) => element.getAttributeNames());
    const anchors = all.flatMap((element) => [element.getAttribute("href"), element.getAttribute("src")]);
    return {
      elements: [...new Set(all.map((element) => element.localName))].sort(),
      attributes: [...new Set(names)].sort(),
      anchors: anchors.filter((anchor) => anchor !== null && !/^#[a-z]+$/.test(anchor)),
      inlineStyles: all.filter((element) => element.hasAttribute("style")).length,
      styleSheets: [...parsed.querySelectorAll("style")].map((style) => style.textContent?.includes("</") ?? false),
    };
  }, html);
}

/** The kinds of elements of an XML file; a parser's complaint is one too. */
function elementsOf(xml: string): Promise<string[]> {
  return page.evaluate((text) => {
    const parsed = new DOMParser().parseFromString(text, "application/xml");
    return [...new Set([...parsed.querySelectorAll("*")].map((element) => element.localName))].sort();
  }, xml);
}

const drills = [
  { of: "a pair", view: fixtureView("fail"), tables: 3 },
  { of: "a group", view: groupFixtureView(), tables: 8 },
] as const;

describe.each(drills)("whatever text is in any field of a bundle of $of", { timeout: 60_000 }, ({ view, tables }) => {
  it("a browser finds in report.html no element, attribute, link or style that it does not find without", async () => {
    const clean = await madeOf(rendered("report.html", view));
    const isHarmless = async (hostile: readonly string[]): Promise<void> => {
      const found = await madeOf(rendered("report.html", poisoned(view, hostile)));
      expect(clean.elements).toEqual(expect.arrayContaining(found.elements));
      expect(clean.attributes).toEqual(expect.arrayContaining(found.attributes));
      expect(found).toMatchObject({ anchors: [], inlineStyles: 0, styleSheets: [false] });
    };
    await fc.assert(fc.asyncProperty(attacks, isHarmless), { numRuns: RUNS });
  });

  it("junit.xml is well-formed and holds the same elements", async () => {
    const clean = await elementsOf(rendered("junit.xml", view));
    const isWellFormed = async (hostile: readonly string[]): Promise<void> => {
      const found = await elementsOf(rendered("junit.xml", poisoned(view, hostile)));
      expect(clean).toEqual(expect.arrayContaining(found));
      expect(found).toContain("testcase");
    };
    await fc.assert(fc.asyncProperty(attacks, isWellFormed), { numRuns: RUNS });
  });

  it("report.md holds no markup of others and keeps its tables in shape", () => {
    const tablesOf = (text: string): string[] => text.split("\n\n").filter((block) => block.startsWith("|"));
    const columnsOf = (line: string): number => line.match(/(?<!\\)\|/g)?.length ?? 0;
    const isPlain = (hostile: readonly string[]): void => {
      const text = rendered("report.md", poisoned(view, hostile));
      expect(text.replace(/(?<!\\)`[^`\n]*`/g, "")).not.toMatch(/<[a-z/!]|\]\(/i);
      const widths = tablesOf(text).map((table) => new Set(table.split("\n").map(columnsOf)).size);
      expect(widths.length).toBeGreaterThan(tables);
      expect(widths.every((different) => different === 1)).toBe(true);
    };
    fc.assert(fc.property(attacks, isPlain), { numRuns: RUNS * 4 });
  });
});
