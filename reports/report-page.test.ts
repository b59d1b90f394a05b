import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BundleView } from "../evidence/view.ts";
import { startBrowser } from "./browser.test-helper.ts";
import { groupFixtureView } from "./fixture-group-view.test-helper.ts";
import { fixtureView } from "./fixture-view.test-helper.ts";
import { renderers } from "./index.ts";
import { poisoned } from "./poison.test-helper.ts";

let browser: Browser;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "lifeboat-report-"));
  browser = await startBrowser();
}, 60_000);

afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

function rendered(file: string, view: BundleView): string {
  return renderers.find((renderer) => renderer.file === file)?.render(view) ?? "";
}

type Opened = { readonly page: Page; readonly complaints: string[]; readonly requests: string[] };

async function open(html: string, width = 1200, colorScheme: "light" | "dark" = "light"): Promise<Opened> {
  const file = path.join(folder, "report.html");
  await writeFile(file, html);
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
  const [complaints, requests]: [string[], string[]] = [[], []];
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => requests.push(request.url()));
  await page.goto(pathToFileURL(file).href);
  return { page, complaints, requests };
}

async function elementCounts(page: Page): Promise<Record<string, number>> {
  return page.evaluate(() =>
    Object.fromEntries(
      [
        "script",
        "img",
        "iframe",
        "object",
        "embed",
        "link",
        "form",
        "b",
        "foreignObject",
        "style",
        "h1",
        "main",
        "nav",
        "footer",
      ].map((name) => [name, document.querySelectorAll(name).length]),
    ),
  );
}

/** The lowest contrast of any text with the ground behind it, as WCAG counts it. Runs in the page. */
function leastContrast(): number {
  const channels = (color: string): number[] => (color.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = (color: string): number => {
    const [red = 0, green = 0, blue = 0] = channels(color).map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const groundOf = (element: Element | null): string => {
    if (element === null) return "rgb(255, 255, 255)";
    const { backgroundColor } = getComputedStyle(element);
    return channels(backgroundColor)[3] === 0 ? groundOf(element.parentElement) : backgroundColor;
  };
  const texts = [...document.querySelectorAll("body *:not(svg *, style)")].filter((element) =>
    [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim() !== ""),
  );
  const ratios = texts.map((element) => {
    const pair = [luminance(getComputedStyle(element).color), luminance(groundOf(element))];
    return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
  });
  return Math.min(...ratios);
}

const drills = [
  { of: "a pair", drilled: fixtureView("fail"), charts: 2, cases: 5 },
  { of: "a group", drilled: groupFixtureView(), charts: 4, cases: 2 },
] as const;

describe.each(drills)("the page of $of in a browser", { timeout: 30_000 }, ({ drilled, charts, cases }) => {
  it("takes hostile names as text: no foreign element, handler, link or request", async () => {
    const view = poisoned(drilled);
    const { page, complaints, requests } = await open(rendered("report.html", view));
    expect(await elementCounts(page)).toEqual({
      script: 0,
      img: 0,
      iframe: 0,
      object: 0,
      embed: 0,
      link: 0,
      form: 0,
      b: 0,
      foreignObject: 0,
      style: 1,
      h1: 1,
      main: 1,
      nav: 1,
      footer: 1,
    });
    const found = await page.evaluate(() => {
      const all = [...document.querySelectorAll("*")];
      const handlers = all
        .flatMap((element) => [...element.attributes])
        .filter((attribute) => /^on/i.test(attribute.name)).length;
      const links = [...document.querySelectorAll("a")].map((link) => link.getAttribute("href") ?? "");
      return { handlers, foreign: links.filter((href) => !/^#[a-z]+$/.test(href)), hit: "hit" in window };
    });
    expect(found).toEqual({ handlers: 0, foreign: [], hit: false });
    expect(complaints).toEqual([]);
    expect(requests).toHaveLength(1);
    await page.close();
  });

  it("would not run an injected script or load an image: the policy forbids both", async () => {
    const html = rendered("report.html", drilled).replace(
      "</body>",
      '<script>window.hit=1</script><img src="http://127.0.0.1:9/x.png"></body>',
    );
    const { page, complaints } = await open(html);
    expect(await page.evaluate(() => "hit" in window)).toBe(false);
    expect(complaints.filter((text) => /Content Security Policy/.test(text))).toHaveLength(2);
    await page.close();
  });

  it("fits narrow and wide windows in both colour schemes", async () => {
    const html = rendered("report.html", drilled);
    const backgrounds = new Set<string>();
    for (const [width, scheme] of [
      [380, "light"],
      [1200, "dark"],
    ] as const) {
      const { page, complaints } = await open(html, width, scheme);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      expect(complaints).toEqual([]);
      backgrounds.add(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
      await page.close();
    }
    expect(backgrounds.size).toBe(2);
  });

  it("gives every chart a name and a description, and every header cell a scope", async () => {
    const { page } = await open(rendered("report.html", drilled));
    const found = await page.evaluate(() => ({
      nameless: [...document.querySelectorAll("svg")].filter(
        (svg) =>
          svg.getAttribute("role") !== "img" ||
          svg.querySelector("title") === null ||
          svg.querySelector("desc") === null,
      ).length,
      scopeless: document.querySelectorAll("th:not([scope])").length,
      lang: document.documentElement.lang,
      charts: document.querySelectorAll("svg").length,
    }));
    expect(found).toEqual({ nameless: 0, scopeless: 0, lang: "en", charts });
    await page.close();
  });

  it("has headings in order and text that stands out from its ground, in both colour schemes", async () => {
    const html = rendered("report.html", drilled);
    for (const scheme of ["light", "dark"] as const) {
      const { page } = await open(html, 1200, scheme);
      const levels = await page.evaluate(() =>
        [...document.querySelectorAll("h1, h2, h3")].map((heading) => Number(heading.tagName.slice(1))),
      );
      expect(levels[0]).toBe(1);
      expect(levels.every((level, at) => at === 0 || level - (levels[at - 1] ?? 0) <= 1)).toBe(true);
      expect(await page.evaluate(leastContrast)).toBeGreaterThanOrEqual(4.5);
      await page.close();
    }
  });

  it("prints in light colours with every detail open", async () => {
    const { page } = await open(rendered("report.html", drilled), 1200, "dark");
    await page.emulateMedia({ media: "print" });
    expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe("rgb(255, 255, 255)");
    const heights = await page.evaluate(() =>
      [...document.querySelectorAll("details table")].map((table) => table.getBoundingClientRect().height),
    );
    expect(Math.min(...heights)).toBeGreaterThan(0);
    expect((await page.pdf({ preferCSSPageSize: true, printBackground: true })).subarray(0, 5).toString()).toBe(
      "%PDF-",
    );
    await page.close();
  });

  it("finds junit.xml well-formed with hostile names in it", async () => {
    const page = await browser.newPage();
    const xml = rendered("junit.xml", poisoned(drilled));
    const found = await page.evaluate((text) => {
      const parsed = new DOMParser().parseFromString(text, "application/xml");
      return {
        errors: parsed.querySelectorAll("parsererror").length,
        cases: parsed.querySelectorAll("testcase").length,
        foreign: parsed.querySelectorAll("script, img, b").length,
      };
    }, xml);
    expect(found).toEqual({ errors: 0, cases, foreign: 0 });
    await page.close();
  });

  it("leaves no raw markup of others in report.md", () => {
    const text = rendered("report.md", poisoned(drilled));
    const prose = text.replace(/(?<!\\)`[^`\n]*`/g, "");
    expect(prose).not.toMatch(/<[a-z/!]/i);
    expect(prose).not.toMatch(/\]\(/);
  });
});
