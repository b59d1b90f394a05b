import { describe, expect, it } from "vitest";
import { waitFor, withTimeout } from "./waits.ts";

describe("a bounded wait", () => {
  it("gives the first value other than undefined and false", async () => {
    let calls = 0;
    expect(
      await waitFor(() => (++calls < 3 ? undefined : calls), { what: "three", timeoutMs: 5000, intervalMs: 1 }),
    ).toBe(3);
  });

  it("ends with what it waited for and the last reason", async () => {
    const never = (): never => {
      throw new Error("the door is shut");
    };
    await expect(waitFor(never, { what: "the door", timeoutMs: 20, intervalMs: 1 })).rejects.toMatchObject({
      code: "TIMED_OUT",
      message: "waited 20 ms for the door: the door is shut",
    });
  });

  it("bounds a promise that never settles", async () => {
    await expect(withTimeout(new Promise(() => {}), 10, "the answer")).rejects.toMatchObject({ code: "TIMED_OUT" });
  });
});
