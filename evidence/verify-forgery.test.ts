import { readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readNdjsonLines } from "../base/ndjson.ts";
import { canonicalJson } from "./canonical.ts";
import { deriveAll } from "./derive.ts";
import { rechained, resealed, withLines, type Changes } from "./forgery.test-helper.ts";
import { files } from "./layout.ts";
import { readPlan, readRawFiles } from "./read-bundle.ts";
import { readBundleView } from "./read-view.ts";
import { drillId, sealBundleOf, written, type SealedBundle } from "./sealed-bundle.test-helper.ts";
import { verifyBundle } from "./verify.ts";

let bundle: SealedBundle;
beforeAll(async () => {
  bundle = await sealBundleOf();
});
afterAll(() => bundle.remove());

/** Problems that `verify` names after the trusted key has sealed what was changed. */
async function foundAfter(change: (folder: string) => Promise<unknown>, changes: Changes = {}): Promise<string[]> {
  return bundle.copied(async (folder) => {
    await change(folder);
    await resealed(folder, bundle.privateKey, changes);
    const { valid, problems } = await verifyBundle(folder, bundle.trust);
    expect(valid).toBe(problems.length === 0);
    return problems.map(({ file, problem }) => `${file}: ${problem}`);
  });
}

const edited = (name: string, from: string | RegExp, to: string) => async (folder: string) => {
  const text = await readFile(path.join(folder, name), "utf8");
  expect(text.replace(from, to)).not.toBe(text);
  await writeFile(path.join(folder, name), text.replace(from, to));
};

const altered = (name: string, change: (lines: unknown[]) => unknown[]) => async (folder: string) => {
  const file = path.join(folder, name);
  await written(file, change(await readNdjsonLines(file)));
};

describe("a bundle that the trusted key sealed anew", () => {
  it("is valid when nothing else was changed: the key alone is no objection", async () => {
    expect(await foundAfter(async () => undefined)).toEqual([]);
  });

  it.each([
    ["a better measure", files.measures, '"lost":3', '"lost":0'],
    ["a better verdict", files.verdict, /"overall":"[a-z]+"/, '"overall":"fail"'],
    ["a limit left out", files.limits, /"notShown":\["[^"]+",/, '"notShown":['],
    ["another membership", "membership/0006-cache-west-before.json", "other", "another"],
    ["another command", "commands/0007.json", "cache-east", "cache-west"],
  ])("is refused for %s that the record does not show", async (_, name, from, to) => {
    const found = await foundAfter(edited(name, from, to));
    expect(found).toContain(`${name}: does not follow from the recorded events and raw files`);
  });

  it.each(["report.html", "report.md", "junit.xml"])("is refused for an edited %s", async (name) => {
    const found = await foundAfter(edited(name, "writes-back", "writes-back "));
    expect(found).toEqual([`${name}: is not what this version of Lifeboat makes of the verified data`]);
  });

  it("is refused for another recipe in VERIFY.md and for a report that is left out or added", async () => {
    const recipe = await foundAfter(edited(files.howToVerify, "set -eu", "exit 0"));
    expect(recipe.join()).toContain("VERIFY.md: is not what this version");
    const without = await foundAfter((folder) => rm(path.join(folder, "report.md")));
    expect(without.join()).toContain("report.md: is not what this version");
    const added = await foundAfter((folder) => writeFile(path.join(folder, "summary.html"), "all well"));
    expect(added).toEqual(["summary.html: follows from nothing that was recorded"]);
  });

  it("is refused for a signed verdict other than the computed one", async () => {
    const found = await foundAfter(async () => undefined, { overall: "fail" });
    expect(found.join()).toContain("attestation.dsse.json: signs another verdict than");
  });

  it("is refused for altered raw probes: measures, verdict and reports no longer follow", async () => {
    const shorter = altered("probes/service.west.write.ndjson.gz", (lines) =>
      lines.map((line) =>
        Array.isArray(line) && (line[0] as number) > 2_500_000 ? [...line.slice(0, 3), "ok", null] : line,
      ),
    );
    const named = (await foundAfter(shorter)).join("\n");
    for (const name of ["measures.json", "verdict.json", "report.html", "report.md", "junit.xml"]) {
      expect(named).toContain(`${name}: `);
    }
  });

  it("is refused for a read-back in which a lost write was found again", async () => {
    const name = "ledger/reads.after-healing.cache-east.ndjson.gz";
    const found = await foundAfter(
      altered(name, (lines) =>
        lines.map((line) => (Array.isArray(line) && line[1] === 3 ? ["west-1", 3, "token-3"] : line)),
      ),
    );
    expect(found.join()).toContain("measures.json: does not follow");
  });

  it("is refused for another plan than the one that was opened", async () => {
    const found = await foundAfter(edited("plan/scenario.json", '"atMostMs":5000', '"atMostMs":9000'));
    expect(found).toContain("plan/scenario.json: is not the plan that was drilled");
  });

  it("cannot be told from the truth when everything down to the raw data was made anew, and says so", async () => {
    const found = await foundAfter(async (folder) => {
      await altered("ledger/reads.after-recovery.cache-east.ndjson.gz", nothingLost)(folder);
      await altered("ledger/reads.after-healing.cache-east.ndjson.gz", nothingLost)(folder);
      await altered("ledger/reads.after-healing.cache-west.ndjson.gz", nothingLost)(folder);
      await derivedAnew(folder);
      await resealed(folder, bundle.privateKey);
      const view = await readBundleView(folder);
      for (const { file, render } of bundle.trust.renderers) await writeFile(path.join(folder, file), render(view));
    });
    expect(found).toEqual([]);
    const limits = await readFile(path.join(bundle.folder, files.limits), "utf8");
    expect(limits).toContain("it cannot bind the one who holds the key");
  });
});

function nothingLost(lines: unknown[]): unknown[] {
  return lines.map((line) => (Array.isArray(line) ? [line[0], line[1], `token-${line[1]}`] : line));
}

async function derivedAnew(folder: string): Promise<void> {
  const { events } = await readBundleView(folder);
  const raw = { ...(await readRawFiles(folder)).raw, drillId, events, plan: await readPlan(folder) };
  const { measures, verdict, limits } = deriveAll(raw);
  for (const [name, made] of [
    [files.measures, measures],
    [files.verdict, verdict],
    [files.limits, limits],
  ] as const) {
    await writeFile(path.join(folder, name), canonicalJson(made));
  }
}

describe("an event log that the trusted key sealed anew", () => {
  it.each([
    ["dropped", (lines: string[]) => lines.toSpliced(5, 1), "event 5: has sequence 6 where 5 is due"],
    ["doubled", (lines: string[]) => lines.toSpliced(5, 0, lines[4] ?? ""), "event 5: has sequence 4 where 5 is due"],
    ["moved", (lines: string[]) => lines.with(4, lines[5] ?? "").with(5, lines[4] ?? ""), "event 4: has sequence 5"],
    [
      "edited",
      (lines: string[]) => lines.with(4, lines[4]?.replace("worker", "ghost") ?? ""),
      "event 5: does not name",
    ],
    [
      "re-formatted",
      (lines: string[]) => lines.with(4, lines[4]?.replace("{", "{ ") ?? ""),
      "event 4: is not canonical",
    ],
    ["cut", (lines: string[]) => lines.slice(0, -1), "does not end with run.closed"],
  ])("is refused with an event %s, naming it", async (_, change, problem) => {
    const found = await foundAfter((folder) => withLines(folder, change));
    expect(found.join()).toContain(`events.jsonl: ${problem}`);
  });

  it.each([
    ["doubled", (lines: string[]) => lines.toSpliced(5, 0, lines[4] ?? ""), "event 5 repeats event 4"],
    [
      "moved",
      (lines: string[]) => [lines[0] ?? "", ...lines.slice(2, -1), lines[1] ?? "", lines.at(-1) ?? ""],
      "was recorded before",
    ],
  ])("is refused with an event %s even when the whole chain was made anew", async (_, change, problem) => {
    const found = await foundAfter((folder) => withLines(folder, (lines) => rechained(change(lines), drillId)));
    expect(found.join()).toContain(problem);
  });

  it("is refused under a manifest that names another head or count", async () => {
    const found = await foundAfter(async () => undefined, { manifest: { events: { count: 3, head: "0".repeat(64) } } });
    expect(found).toContain("events.jsonl: is not the chain that was sealed");
  });
});
