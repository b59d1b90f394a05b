import { readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitFor } from "../base/waits.ts";
import { lifeboat, newPlace, type Ran } from "./whole-drill.test-helper.ts";

type Row = { readonly drillId: string; readonly ending: string; readonly folder: string };
type Outcome = { readonly overall: string; readonly ending: string; readonly folder: string };

const asksFirst = path.join(import.meta.dirname, "fixtures/small-latency.yaml");

let env: NodeJS.ProcessEnv;
let place: string;
let keys: string;
beforeAll(async () => {
  env = await newPlace("process");
  place = path.dirname(env["LIFEBOAT_HOME"] ?? "");
  keys = path.join(place, "keys.json");
  expect((await lifeboat(env, ["up"])).code).toBe(0);
}, 120_000);
afterAll(async () => {
  await lifeboat(env, ["down"]);
  await rm(place, { recursive: true, force: true });
}, 120_000);

/** The fixture with some of its text replaced, as a file of its own. */
async function variation(name: string, changes: readonly (readonly [from: string, to: string])[]): Promise<string> {
  const text = await readFile(asksFirst, "utf8");
  const changed = changes.reduce((now, [from, to]) => now.replace(from, to), text);
  expect(changed).not.toBe(text);
  const file = path.join(place, `${name}.yaml`);
  await writeFile(file, changed.replace("name: small-latency", `name: ${name}`));
  return file;
}

async function rows(): Promise<Row[]> {
  return JSON.parse((await lifeboat(env, ["drill", "list", "--json"])).stdout) as Row[];
}

/** Starts a drill as a user would; answers its id once it is under way. */
async function start(file: string): Promise<{ readonly drillId: string; readonly ended: Promise<Ran> }> {
  const ended = lifeboat(env, ["drill", file, "--json"]);
  const underWay = async (): Promise<Row | undefined> => (await rows()).find((row) => row.ending === "not sealed");
  const { drillId } = await waitFor(underWay, { what: "a drill to be under way", timeoutMs: 30_000 });
  return { drillId, ended };
}

async function planOf(file: string): Promise<string> {
  return (await lifeboat(env, ["scenario", "validate", file])).stdout.trim().split(" ").at(-1) ?? "";
}

function approve(drillId: string, plan: string, ...more: string[]): Promise<Ran> {
  return lifeboat(env, ["approve", drillId, "--gate", "start", "--plan", plan, ...more]);
}

/** Waits until the gate is open: from then on only a wrong plan is what is wrong. */
async function untilAsked(drillId: string): Promise<Ran> {
  return waitFor(
    async () => {
      const refused = await approve(drillId, "0".repeat(64), "--as", "ann");
      return refused.stderr.includes("is another one") && refused;
    },
    { what: "the gate to be open", timeoutMs: 30_000 },
  );
}

async function outcomeOf(ended: Promise<Ran>): Promise<{ code: number | null; stderr: string; outcome: Outcome }> {
  const { code, stdout, stderr } = await ended;
  const outcome = JSON.parse(stdout) as Outcome;
  await lifeboat(env, ["keys", "export", keys]);
  const verified = await lifeboat(env, ["verify", outcome.folder, "--keys", keys]);
  expect(verified.code, verified.stdout + verified.stderr).toBe(0);
  return { code, stderr, outcome };
}

describe("a drill that asks a person", () => {
  it("goes on only after the right person approved the right plan, once; a missed objective exits with 1", async () => {
    const { drillId, ended } = await start(asksFirst);
    expect((await untilAsked(drillId)).code).toBe(64);
    const plan = await planOf(asksFirst);
    const stranger = await approve(drillId, plan, "--as", "mallory");
    expect([stranger.code, stranger.stderr]).toEqual([64, expect.stringContaining('"mallory" is not a person')]);
    const second = await lifeboat(env, ["drill", asksFirst]);
    expect([second.code, second.stderr]).toEqual([64, expect.stringContaining(`drill ${drillId} is under way`)]);
    expect((await approve(drillId, plan, "--as", "ann")).code).toBe(0);
    expect((await approve(drillId, plan, "--as", "ann")).code).toBe(64);
    const { code, stderr, outcome } = await outcomeOf(ended);
    expect([code, outcome.overall, outcome.ending]).toEqual([1, "fail", "completed"]);
    expect(stderr).toContain(`bin/lifeboat approve ${drillId} --gate start --as NAME --plan ${plan}`);
    for (const phase of ["preflight", "approve", "baseline", "fault", "detect", "validate"]) {
      expect(stderr).toMatch(new RegExp(`^\\[[^\\]]+\\] {2}${phase}\\b`, "m"));
    }
  }, 120_000);

  it("is sealed and exits with 2 when it is declined, and cannot be approved afterwards", async () => {
    const { drillId, ended } = await start(asksFirst);
    await untilAsked(drillId);
    const plan = await planOf(asksFirst);
    expect((await approve(drillId, plan, "--as", "ann", "--decline", "--reason", "not today")).code).toBe(0);
    const { code, outcome } = await outcomeOf(ended);
    expect([code, outcome.overall, outcome.ending]).toEqual([2, "inconclusive", "declined"]);
    const late = await approve(drillId, plan, "--as", "ann");
    expect([late.code, late.stderr]).toEqual([64, expect.stringContaining("is under way")]);
  }, 120_000);

  it("is sealed and exits with 2 when nobody answers in time", async () => {
    const file = await variation("unanswered", [["timeoutMs: 60000", "timeoutMs: 500"]]);
    const { code, outcome } = await outcomeOf(lifeboat(env, ["drill", file, "--json"]));
    expect([code, outcome.overall, outcome.ending]).toEqual([2, "inconclusive", "timed-out"]);
  }, 120_000);
});

describe("a drill", () => {
  const noGate = ["approvals:\n  - { gate: start, role: approver, timeoutMs: 60000 }", "approvals: []"] as const;

  it("that is aborted heals, seals, removes what it built and exits with 3", async () => {
    const file = await variation("aborted", [noGate, ["baselineMs: 1000", "baselineMs: 60000"]]);
    const { drillId, ended } = await start(file);
    expect((await lifeboat(env, ["abort", drillId, "--reason", "enough"])).code).toBe(0);
    const { code, outcome } = await outcomeOf(ended);
    expect([code, outcome.ending]).toEqual([3, "aborted"]);
    const status = JSON.parse((await lifeboat(env, ["status", "--json"])).stdout) as { estate: { caches: unknown[] } };
    expect(status.estate.caches).toEqual([]);
    expect((await lifeboat(env, ["abort", drillId])).code).toBe(64);
  }, 120_000);

  it("that meets an abort condition of its plan ends the same way", async () => {
    const file = await variation("too-long", [
      noGate,
      ["baselineMs: 1000", "baselineMs: 60000\nabortWhen:\n  - { metric: drill-duration, aboveMs: 1000 }"],
    ]);
    const { code, outcome } = await outcomeOf(lifeboat(env, ["drill", file, "--json"]));
    expect([code, outcome.ending]).toEqual([3, "aborted"]);
  }, 120_000);

  it("is refused by preflight while a fault is in force, and is sealed all the same", async () => {
    const inject = ["fault", "inject", "link-latency", "edge:*", "--for", "2m", "--latency", "1ms"];
    const injected = await lifeboat(env, inject);
    expect(injected.code, injected.stderr).toBe(0);
    const file = await variation("refused", [noGate]);
    const { code, outcome } = await outcomeOf(lifeboat(env, ["drill", file, "--json"]));
    expect([code, outcome.overall, outcome.ending]).toEqual([2, "inconclusive", "refused"]);
    expect((await lifeboat(env, ["fault", "heal", "--all"])).code).toBe(0);
  }, 120_000);
});
