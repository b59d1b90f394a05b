import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BundleView } from "../evidence/view.ts";
import { fixtureView } from "./fixture-view.test-helper.ts";
import { renderers } from "./index.ts";

const ATTACKS = [
  "</script><script>window.hit=1</script>",
  "<img src=x onerror=window.hit=1>",
  "]]><b>",
  "</style><style>*{display:none}",
  '" onload="window.hit=1',
  "javascript:alert(1)",
  "\u0000\u0008\u001b[31m",
  "\u202egnp.exe",
  "</title><svg onload=window.hit=1>",
  "--><!--",
  "\ud800",
  "&lt;b&gt;",
];

/** Hostile text in every string, but for what is an identifier of ours or a clock reading. */
const KEPT = new Set([
  "kind",
  "type",
  "phase",
  "state",
  "monoNs",
  "utc",
  "op",
  "label",
  "unit",
  "verdict",
  "overall",
  "metric",
  "how",
  "mode",
  "schema",
  "outcome",
]);

function poison(value: unknown, key: string, count: { n: number }): unknown {
  if (typeof value === "string")
    return KEPT.has(key) ? value : `${ATTACKS[count.n++ % ATTACKS.length]}${value.slice(0, 12)}`;
  if (Array.isArray(value)) return value.map((inner) => poison(inner, key, count));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, poison(inner, name, count)]));
}

let browser: Browser;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "lifeboat-report-"));
  browser = await chromium.launch({
    executablePath: process.env["LIFEBOAT_CHROMIUM"] ?? "/usr/bin/chromium",
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
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

describe("the page in a browser", { timeout: 30_000 }, () => {
  it("takes hostile names as text: no foreign element, handler, link or request", async () => {
    const view = poison(fixtureView("fail"), "", { n: 0 }) as BundleView;
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
    const html = rendered("report.html", fixtureView()).replace(
      "</body>",
      '<script>window.hit=1</script><img src="http://127.0.0.1:9/x.png"></body>',
    );
    const { page, complaints } = await open(html);
    expect(await page.evaluate(() => "hit" in window)).toBe(false);
    expect(complaints.filter((text) => /Content Security Policy/.test(text))).toHaveLength(2);
    await page.close();
  });

  it("fits narrow and wide windows in both colour schemes", async () => {
    const html = rendered("report.html", fixtureView());
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
    const { page } = await open(rendered("report.html", fixtureView()));
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
    expect(found).toEqual({ nameless: 0, scopeless: 0, lang: "en", charts: 2 });
    await page.close();
  });

  it("prints in light colours with every detail open", async () => {
    const { page } = await open(rendered("report.html", fixtureView()), 1200, "dark");
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
    const xml = rendered("junit.xml", poison(fixtureView("inconclusive"), "", { n: 3 }) as BundleView);
    const found = await page.evaluate((text) => {
      const parsed = new DOMParser().parseFromString(text, "application/xml");
      return {
        errors: parsed.querySelectorAll("parsererror").length,
        cases: parsed.querySelectorAll("testcase").length,
        foreign: parsed.querySelectorAll("script, img, b").length,
      };
    }, xml);
    expect(found).toEqual({ errors: 0, cases: 5, foreign: 0 });
    await page.close();
  });

  it("leaves no raw markup of others in report.md", () => {
    const text = rendered("report.md", poison(fixtureView("fail"), "", { n: 5 }) as BundleView);
    const prose = text.replace(/`[^`\n]*`/g, "");
    expect(prose).not.toMatch(/<[a-z/!]/i);
    expect(prose).not.toMatch(/\]\(/);
  });
});
