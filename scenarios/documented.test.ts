import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { projectRoot } from "../base/paths.ts";
import { scenarioFields } from "./fields.test-helper.ts";

/** The rows of the table in docs/scenarios.md: field, takes, unless given, meaning. */
async function documented(): Promise<string[][]> {
  const text = await readFile(path.join(projectRoot, "docs/scenarios.md"), "utf8");
  const rows = text.split("\n").filter((line) => line.startsWith("| `"));
  return rows.map((row) => row.split(" | ").map((cell) => cell.replace(/^\| |\s*\|$/g, "").trim()));
}

describe("docs/scenarios.md", () => {
  it("describes every field of a scenario as the schema has it, and no other", async () => {
    const described = (await documented()).map(([field, takes, unlessGiven]) => ({ field, takes, unlessGiven }));
    const wanted = scenarioFields().map(({ path: field, ...rest }) => ({ field: `\`${field}\``, ...rest }));
    expect(described).toEqual(wanted);
  });

  it("says of every field what it means", async () => {
    const silent = (await documented()).filter(([, , , meaning]) => (meaning ?? "").length < 10);
    expect(silent).toEqual([]);
  });
});
