import { describe, expect, it } from "vitest";
import { formatDuration, parseDuration } from "./durations.ts";

describe("a duration", () => {
  it.each([
    ["500ms", 500],
    ["30s", 30_000],
    ["1.5s", 1500],
    ["2m", 120_000],
    ["1h", 3_600_000],
  ])("%s is %d milliseconds", (text, expected) => {
    expect(parseDuration(text, "--for")).toBe(expected);
  });

  it.each(["30", "", "s", "-3s", "3 days", "1e3s"])("%j is refused, naming its field", (text) => {
    expect(() => parseDuration(text, "--for")).toThrow(/--for: .* is not a duration/);
  });

  it("reads well to people", () => {
    expect([640, 12_340, 245_000].map(formatDuration)).toEqual(["640 ms", "12.3 s", "4 m 05 s"]);
  });
});
