import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import type { BundleView } from "../evidence/view.ts";
import { abortedView, fixtureView, hugeView } from "./fixture-view.test-helper.ts";
import { formatInterval, formatMs, formatShare } from "../evidence/format.ts";
import { REPORT_LIMIT_BYTES } from "./html/page.ts";
import { renderers } from "./index.ts";

function rendered(file: string, view: BundleView): string {
  return renderers.find((renderer) => renderer.file === file)?.render(view) ?? "";
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

describe("every view of a bundle", { timeout: 30_000 }, () => {
  it("has the same bytes in another process, on another clock, in another language and from another folder", () => {
    const script = `
      import { createHash } from "node:crypto";
      import { fixtureView } from ${JSON.stringify(path.join(import.meta.dirname, "fixture-view.test-helper.ts"))};
      import { renderers } from ${JSON.stringify(path.join(import.meta.dirname, "index.ts"))};
      console.log(renderers.map((r) => createHash("sha256").update(r.render(fixtureView("fail"))).digest("hex")).join("\\n"));`;
    const there = execFileSync(process.execPath, ["--input-type=module", "-e", script], {
      cwd: tmpdir(),
      env: { ...process.env, TZ: "Pacific/Kiritimati", LANG: "tr_TR.UTF-8", LC_ALL: "tr_TR.UTF-8" },
      encoding: "utf8",
    });
    const here = renderers.map((renderer) => digest(renderer.render(fixtureView("fail"))));
    expect(there.trim().split("\n")).toEqual(here);
  });

  it("shows the verdict, the recovery interval against its objective and the lost writes", () => {
    for (const file of ["report.html", "report.md"]) {
      const page = rendered(file, fixtureView("fail"));
      expect(page).toContain("FAIL");
      expect(page).toContain("5.829–5.838 s against 5 s (write, west users)");
      expect(page).toContain("23 of 14,766 acknowledged writes lost against at most 50");
      expect(page).toContain("read back after healing; after recovery 23 of 14,766");
    }
  });

  it("says where the drill ran by the estate's own record, whatever the scenario declares", () => {
    const view = fixtureView();
    expect(view.scenario?.environment).toBe("container");
    const inContainers = { ...view, environment: { estate: { host: "container", caches: [] } } };
    for (const file of ["report.html", "report.md"]) {
      expect(rendered(file, view)).toContain("processes of one machine");
      expect(rendered(file, inContainers)).toContain("containers on one machine");
      expect(rendered(file, { ...view, environment: {} })).not.toMatch(/(processes|containers) (of|on) one machine/);
    }
  });

  it("says of a run without measurements that nothing was measured, and never NaN", () => {
    for (const { render } of renderers) {
      const page = render(abortedView());
      expect(page).toContain("the run was aborted before the fault");
      expect(page).not.toMatch(/NaN|undefined|Infinity|\[object/);
    }
  });
});

describe("report.html", { timeout: 30_000 }, () => {
  it("stays within its size for any number of samples and events, and announces what it cut", () => {
    const page = rendered("report.html", hugeView(60));
    expect(Buffer.byteLength(page)).toBeLessThanOrEqual(REPORT_LIMIT_BYTES);
    expect(page).toMatch(/Showing \d+ of 1140; all in events\.jsonl\./);
  });

  it("tells of each fault between which instants it held and what was looked at after it was lifted", () => {
    const page = rendered("report.html", fixtureView());
    expect(page).toContain("+9.192 s to +9.204 s");
    expect(page).toContain("+20.110 s to +20.131 s");
    expect(page).toContain("✓ every frozen process runs again");
  });

  it("lists what was checked, and a failed check as failed", () => {
    expect(rendered("report.html", fixtureView())).toMatch(
      /leaderboard[\s\S]{0,200}✕ failed[\s\S]{0,200}12 scores differ/,
    );
  });

  it("lists broken objectives before kept ones", () => {
    const page = rendered("report.html", fixtureView("inconclusive"));
    expect(page.indexOf(">writes-back<")).toBeLessThan(page.indexOf(">no-loss<"));
  });

  it("labels a fault that was never lifted with its state", () => {
    const view = fixtureView();
    const lapsed = { ...view, events: view.events.filter((event) => event.type !== "fault.lifted") };
    expect(rendered("report.html", lapsed)).toContain("region outage (freeze): west – active");
  });
});

describe("junit.xml", () => {
  it("has a testcase per objective; a broken one is a failure, an unproven one an error", () => {
    expect(rendered("junit.xml", fixtureView("fail"))).toMatch(/tests="5" failures="1" errors="0"/);
    const unproven = rendered("junit.xml", fixtureView("inconclusive"));
    expect(unproven).toMatch(
      /<testcase classname="region-outage" name="writes-back" time="5.005">\n\s+<error type="inconclusive"/,
    );
    expect(unproven).toContain('<property name="objective.writes-back.lo" value="4996.2"/>');
    expect(unproven).toContain('timestamp="2026-11-21T14:05:00"');
  });

  it("is never an empty success", () => {
    expect(rendered("junit.xml", abortedView())).toMatch(/tests="1" failures="0" errors="1"/);
  });
});

describe("numbers", () => {
  it("are written with their unit and both bounds in the same one", () => {
    expect(formatInterval({ kind: "measured", lo: 1234, hi: 1456, unit: "ms" })).toBe("1.234–1.456 s");
    expect(formatInterval({ kind: "measured", lo: 12.3, hi: 12.3, unit: "ms" })).toBe("12.3 ms");
    expect(formatInterval({ kind: "measured", lo: 0, hi: Number.NaN, unit: "ms" })).toMatch(/^not measured/);
    expect(formatMs(Number.POSITIVE_INFINITY)).toBe("–");
  });

  it("never round a share up to all or down to nothing", () => {
    expect(formatShare(999_999, 1_000_000)).toBe("99.99 %");
    expect(formatShare(1, 1_000_000)).toBe("0.01 %");
  });
});
