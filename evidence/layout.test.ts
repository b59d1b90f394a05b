import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isCore, isCoreFolderPath, isDrillId } from "./layout.ts";

const parts = fc.constantFrom(
  "plan",
  "probes",
  "env",
  "..",
  ".",
  "",
  "a",
  "a.json",
  "..a",
  "a..",
  "%2e%2e",
  "\\",
  "~",
  "é",
);
const anyPath = fc.oneof(
  fc.array(parts, { minLength: 1, maxLength: 6 }).map((all) => all.join("/")),
  fc.string({ unit: "binary", maxLength: 40 }),
);

describe("a path in a bundle", () => {
  it("that is taken never leads out of its folder, whatever is asked for", () => {
    fc.assert(
      fc.property(anyPath, (asked) => {
        const inside = path.posix.normalize(path.posix.join("/bundle", asked));
        expect(isCoreFolderPath(asked) && inside !== `/bundle/${asked}`).toBe(false);
        expect(isDrillId(asked) && path.basename(asked) !== asked).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    "plan/scenario.json",
    "probes/service.west.read.ndjson.gz",
    "env/clock.json",
    "events.jsonl",
    "limits.json",
  ])("%s belongs to the core", (asked) => expect(isCore(asked)).toBe(true));

  it.each([
    "report.html",
    "manifest.json",
    "SHA256SUMS",
    "attestation.dsse.json",
    "plan",
    "plan/",
    "other/a.json",
    "env/.a",
  ])("%s does not", (asked) => expect(isCore(asked)).toBe(false));
});
