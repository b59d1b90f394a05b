import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { projectRoot } from "../base/paths.ts";
import { lifeboat } from "../test/whole-drill.test-helper.ts";

let folder: string;
let env: NodeJS.ProcessEnv;
let good: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "lifeboat-refusals-"));
  env = {
    ...process.env,
    LIFEBOAT_HOME: path.join(folder, "home"),
    LIFEBOAT_BUNDLES: path.join(folder, "bundles"),
    LIFEBOAT_KEYS: path.join(folder, "keys"),
    NO_COLOR: "1",
  };
  good = await readFile(path.join(projectRoot, "scenarios/region-outage.yaml"), "utf8");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function changed(from: string | RegExp, to: string): string {
  const text = good.replace(from, to);
  expect(text).not.toBe(good);
  return text;
}

function aliasBomb(): string {
  const levels = "abcdefgh".split("");
  const lines = levels.slice(1).map((name, index) => {
    const below = Array.from({ length: 9 }, () => `*${levels[index]}`);
    return `${name}: &${name} [${below.join(",")}]`;
  });
  return ["a: &a [x,x,x,x,x,x,x,x,x]", ...lines].join("\n");
}

/** What is wrong, the scenario, and what the refusal must name: the field, what was given, what would be right. */
const scenarios: readonly (readonly [what: string, text: () => string, named: readonly string[]])[] = [
  ["an unknown field", () => changed("load:\n", "load:\n  color: red\n"), ["load.color", "docs/scenarios.md"]],
  [
    "a wrong type",
    () => changed(/ratePerSecond: \d+/, "ratePerSecond: many"),
    ["load.ratePerSecond", "number", "many"],
  ],
  ["a value out of range", () => changed(/dwellMs: \d+/, "dwellMs: -1"), ["dwellMs", ">=0", "-1"]],
  ["a missing field", () => changed(/title: .*\n/, ""), ["title", "given: nothing"]],
  [
    "an unknown region",
    () => changed("region: westeurope\n    mode", "region: mars\n    mode"),
    ["steps[0].region", "mars", "westeurope, northeurope"],
  ],
  ["a unit instead of a number", () => changed(/dwellMs: \d+/, "dwellMs: 5s"), ["dwellMs", "milliseconds", "5s"]],
  ["an unknown mode", () => changed("mode: kill", "mode: melt"), ["steps[0].mode", "freeze", "melt"]],
  ["an unknown step", () => changed("kind: region-outage", "kind: flood"), ["steps[0].kind", "flood", "latency"]],
  ["the same key twice", () => `${good}\nname: again\n`, ["YAML", "unique"]],
  ["an alias bomb", aliasBomb, ["aliases are not allowed"]],
  ["ten megabytes", () => "x".repeat(10 * 1024 * 1024), ["10485760", "262144"]],
  ["what is no YAML", () => "name: [1", ["YAML"]],
  ["an empty file", () => "", ["whole file"]],
];

async function expectRefused(args: readonly string[], named: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await lifeboat(env, args);
  expect([code, stdout], stderr).toEqual([64, ""]);
  for (const word of named) expect(stderr).toContain(word);
  expect(stderr, "a stack is for defects").not.toMatch(/^ {4}at /m);
  expect(await readdir(folder), "nothing was started").not.toContain("home");
}

describe("a scenario is refused before anything starts", () => {
  it.each(scenarios)("for %s", async (_, text, named) => {
    const file = path.join(folder, "bad.yaml");
    await writeFile(file, text());
    await expectRefused(["drill", file], named);
  });

  it.each([
    ["a name that does not exist", ["drill", "atlantis"], ["atlantis", "region-outage"]],
    ["a folder", ["drill", "scenarios"], ["SCENARIO", "bin/lifeboat scenario list"]],
    [
      "a path that leads out of what is built in",
      ["drill", "../scenarios/region-outage"],
      ["../scenarios/region-outage"],
    ],
    ["a device", ["drill", "/dev/zero"], ["/dev/zero"]],
    ["a mode where no region is lost", ["drill", "latency-injection", "--outage-mode", "kill"], ["--outage-mode"]],
    ["an unknown mode", ["drill", "region-outage", "--outage-mode", "melt"], ["--outage-mode", "melt", "freeze"]],
  ])("for %s", async (_, args, named) => {
    await expectRefused(args, named);
  });
});
