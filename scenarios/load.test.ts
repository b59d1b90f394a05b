import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { listScenarios, loadScenario, parseScenario } from "./load.ts";
import { scenarioSchema } from "./schema.ts";

async function textOf(name: string): Promise<string> {
  return readFile(path.join(import.meta.dirname, `${name}.yaml`), "utf8");
}

async function outageText(change: (text: string) => string = (text) => text): Promise<string> {
  return change(await textOf("region-outage"));
}

type Refusal = { readonly field: string | undefined; readonly message: string };

async function refusal(change: (text: string) => string, name = "region-outage"): Promise<Refusal> {
  const before = await textOf(name);
  const text = change(before);
  expect(text).not.toBe(before);
  try {
    parseScenario(text);
  } catch (error) {
    return error as { field: string | undefined; message: string };
  }
  throw new Error("the scenario was accepted");
}

describe("a scenario", () => {
  it("that ships with Lifeboat passes its own check", async () => {
    const names = await listScenarios();
    const pairs = ["latency-injection", "planned-failover", "region-outage"];
    const unlinking = ["force-unlink-memory-pressure", "force-unlink-too-late", "rejoin"];
    const others = ["active-region-outage", "leaderboard", "split-brain"];
    expect(names).toEqual([...pairs, ...unlinking, ...others].toSorted());
    for (const name of names) expect((await loadScenario(name)).scenario.name).toBe(name);
  });

  it("has the same hash whatever the order of its keys and its comments", async () => {
    const plain = parseScenario(await outageText());
    const moved = await outageText(
      (text) => `# a remark\n${text.replace("environment: container\n", "")}environment: container\n`,
    );
    expect(parseScenario(moved).sha256).toBe(plain.sha256);
  });

  it("has another hash when a number changes", async () => {
    const plain = parseScenario(await outageText());
    const other = parseScenario(await outageText((text) => text.replace("dwellMs: 5000", "dwellMs: 5001")));
    expect(other.sha256).not.toBe(plain.sha256);
  });

  it("refuses an unknown field by its path", async () => {
    const { field } = await refusal((text) => text.replace("ratePerSecond: 30", "ratePerSecond: 30\n  color: red"));
    expect(field).toBe("load.color");
  });

  it("refuses a wrong type, naming the field, the value and what would be right", async () => {
    const { field, message } = await refusal((text) => text.replace("ratePerSecond: 30", "ratePerSecond: many"));
    expect(field).toBe("load.ratePerSecond");
    expect(message).toMatch(/number.*given: "many"/);
  });

  it("explains a duration written with its unit", async () => {
    const { field, message } = await refusal((text) => text.replace("dwellMs: 5000", "dwellMs: 5s"));
    expect(field).toBe("dwellMs");
    expect(message).toContain("milliseconds");
  });

  it("refuses an unknown region and lists the known ones", async () => {
    const { field, message } = await refusal((text) =>
      text.replace("region: westeurope\n    mode", "region: mars\n    mode"),
    );
    expect(field).toBe("steps[0].region");
    expect(message).toContain("westeurope, northeurope");
  });

  it("refuses a gate that nobody may answer", async () => {
    const { field, message } = await refusal((text) =>
      text.replace(
        "decision:\n  by: policy\n  afterMs: 0",
        "people: [{ id: ann, role: approver }]\ndecision: { by: person, role: operator, timeoutMs: 1000 }",
      ),
    );
    expect(field).toBe("decision.role");
    expect(message).toContain("there are approver");
  });

  it("refuses members of different sizes by the rule", async () => {
    const change = (text: string): string => text.replace("eastus, sku: Enterprise_E10", "eastus, sku: Enterprise_E20");
    const { field, message } = await refusal(change, "force-unlink-memory-pressure");
    expect([field, message]).toEqual(["topology.caches[2].sku", expect.stringContaining("A10")]);
  });

  it("refuses a force-unlink that nobody answers for", async () => {
    const change = (text: string): string => text.replace("owner: olga", "owner: nobody");
    const { field, message } = await refusal(change, "force-unlink-memory-pressure");
    expect([field, message]).toEqual(["steps[0].response.owner", expect.stringContaining("there is olga")]);
  });

  it("refuses to unlink by force where there is no group", async () => {
    const change = (text: string): string => text.replace("mode: kill", "mode: kill\n    response: { kind: none }");
    expect((await refusal(change)).field).toBe("steps[0].response");
  });

  it("refuses an objective that its topology cannot have", async () => {
    const change = (text: string): string => text.replace("metric: lost-writes, atMost: 200", "metric: members-equal");
    expect((await refusal(change)).field).toBe("objectives[1].metric");
  });

  it("refuses an alias bomb without expanding it", async () => {
    const bomb = [
      "a: &a [x,x,x,x,x,x,x,x,x]",
      ..."bcdefgh".split("").map((k, i) => `${k}: &${k} [${Array(9).fill(`*${"abcdefg"[i]}`).join(",")}]`),
    ];
    expect(() => parseScenario(bomb.join("\n"))).toThrow(/aliases are not allowed/);
  });

  it("refuses a file of ten megabytes before reading it", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "scenario-"));
    try {
      const file = path.join(folder, "big.yaml");
      await writeFile(file, "x".repeat(10 * 1024 * 1024));
      await expect(loadScenario(file)).rejects.toThrow(/at most 262144/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("that does not exist is refused with the list of those that do", async () => {
    await expect(loadScenario("atlantis")).rejects.toThrow(/region-outage/);
  });

  it("is described for editors by a JSON Schema that is up to date", async () => {
    const stored = JSON.parse(
      await readFile(path.join(import.meta.dirname, "scenario.schema.json"), "utf8"),
    ) as unknown;
    expect(stored).toEqual(z.toJSONSchema(scenarioSchema, { io: "input" }));
  });
});
