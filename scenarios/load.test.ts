import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { listScenarios, loadScenario, parseScenario } from "./load.ts";
import { scenarioSchema } from "./schema.ts";

async function outageText(change: (text: string) => string = (text) => text): Promise<string> {
  const text = await readFile(path.join(import.meta.dirname, "region-outage.yaml"), "utf8");
  const changed = change(text);
  return changed;
}

async function refusal(change: (text: string) => string): Promise<{ field: string | undefined; message: string }> {
  const text = await outageText(change);
  expect(text).not.toBe(await outageText());
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
    expect(names).toEqual(["latency-injection", "planned-failover", "region-outage"]);
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
