import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { projectRoot } from "../base/paths.ts";
import { judge, quantile, ratios } from "./figure.ts";
import { missesOf, sumUp, type Outcome } from "./outcome.ts";

type Ran = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

async function bench(home: string, ...args: readonly string[]): Promise<Ran> {
  const main = path.join(projectRoot, "bench", "main.ts");
  const env = { ...process.env, LIFEBOAT_HOME: home };
  const child = spawn(process.execPath, [main, ...args], { env, timeout: LIMIT_MS });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, stdout, stderr };
}

const LIMIT_MS = 150_000;

/** All but those that take a drill or an active group. */
const groups = [["link", "delay", "path", "report"], ["compare"]];

describe("npm run bench", () => {
  it.each(groups)(
    "gives every figure of %s on stdout and as files",
    async (...names) => {
      const home = await mkdtemp(path.join(tmpdir(), "lifeboat-bench-test-"));
      try {
        const ran = await bench(home, ...names, "--quick", "--json");
        expect(ran.code, ran.stderr).toBe(0);
        const outcomes = JSON.parse(ran.stdout) as Outcome[];
        expect(outcomes.map((one) => [one.name, one.error])).toEqual(names.map((name) => [name, null]));
        for (const { name, figures, conditions } of outcomes) {
          expect(conditions.cores).toBeGreaterThan(0);
          expect(figures.length).toBeGreaterThan(3);
          const measured = figures.filter((one) => one.note === undefined);
          expect(measured.filter((one) => !Number.isFinite(one.median)).map((one) => one.name)).toEqual([]);
          const stored: unknown = JSON.parse(await readFile(path.join(home, "bench", `${name}.json`), "utf8"));
          expect(stored).toMatchObject({ name, quick: true });
        }
      } finally {
        await rm(home, { recursive: true, force: true });
      }
    },
    LIMIT_MS + 10_000,
  );

  it("refuses a name that it does not know and says which it knows", async () => {
    const ran = await bench("/nonexistent", "speed");
    expect(ran.code).toBe(64);
    expect(ran.stderr).toContain('no benchmark "speed"');
    expect(ran.stderr).toContain("delay");
  });
});

describe("a goal", () => {
  const figure = { name: "ratio", unit: "ratio", goal: { atLeast: 0.5 } } as const;
  const outcome = (values: readonly number[], more: Partial<Outcome> = {}): Outcome => ({
    schema: "lifeboat/bench/1",
    name: "link",
    about: "",
    quick: false,
    conditions: {} as Outcome["conditions"],
    tookMs: 0,
    figures: [sumUp({ ...figure, values })],
    error: null,
    ...more,
  });

  it("is judged on the median, and never met by nothing", () => {
    expect(judge({ ...figure, values: [0.1, 0.6, 0.7] })).toBe("met");
    expect(judge({ ...figure, values: [0.1, 0.2, 0.7] })).toBe("missed");
    expect(judge({ ...figure, values: [] })).toBe("not-measured");
    expect(judge({ ...figure, values: [NaN] })).toBe("not-measured");
    expect(judge({ ...figure, goal: { atMost: 0.5 }, values: [0.6] })).toBe("missed");
  });

  it("that is missed or not measured is named, except in a quick run or for want of a program", () => {
    expect(missesOf(outcome([0.4]))).toEqual(["link: ratio: 0.4 ratio"]);
    expect(missesOf(outcome([]))).toHaveLength(1);
    expect(missesOf(outcome([0.6]))).toEqual([]);
    expect(missesOf(outcome([0.4], { quick: true }))).toEqual([]);
    expect(missesOf(outcome([], { quick: true, error: "no redis" }))).toHaveLength(1);
    expect(missesOf(outcome([], { figures: [sumUp({ ...figure, values: [], note: "no haproxy" })] }))).toEqual([]);
  });
});

describe("figures", () => {
  it("are quantiles that were measured and ratios of the same round", () => {
    expect([0, 0.5, 0.99, 1].map((share) => quantile([4, 1, 3, 2], share))).toEqual([1, 2, 4, 4]);
    expect(quantile([], 0.5)).toBeNaN();
    expect(ratios([2, 9], [4, 3])).toEqual([0.5, 3]);
  });
});
