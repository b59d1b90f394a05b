import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { errorCatalogue } from "./errors.ts";
import { projectRoot } from "./paths.ts";

describe("the error catalogue", () => {
  it("and docs/errors.md name the same codes with the same HTTP status and exit code", async () => {
    const text = await readFile(path.join(projectRoot, "docs", "errors.md"), "utf8");
    const documented = [...text.matchAll(/^\| `([A-Z_]+)` \| (\d+) \| (\d+) \|/gm)].map((row) => [
      row[1],
      row[2],
      row[3],
    ]);
    const defined = Object.entries(errorCatalogue).map(([code, { httpStatus, exitCode }]) => [
      code,
      `${httpStatus}`,
      `${exitCode}`,
    ]);
    expect(documented).toEqual(defined);
  });
});
