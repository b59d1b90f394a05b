import { describe, expect, it } from "vitest";
import type { HttpEnd } from "../../base/http1/slots.ts";
import { NOT_WRITTEN_HEADER } from "../../contracts/app.ts";
import { servedByHeaders } from "../../contracts/routing.ts";
import { outcomeOf, reasonOf, servedByOf } from "./classify.ts";

function answer(status: number, headers: Readonly<Record<string, string>> = {}): HttpEnd {
  return { kind: "answer", status, headers: new Map(Object.entries(headers)), body: Buffer.alloc(0) };
}
const broken: HttpEnd = { kind: "failed", error: new Error("reset") };
const notWritten = { [NOT_WRITTEN_HEADER]: "1" };

describe("a write of the ledger", () => {
  it.each([
    ["acknowledged", answer(200), true, "ok"],
    ["created", answer(201), true, "ok"],
    ["refused as bad", answer(400), true, "fail"],
    ["forbidden", answer(403), true, "fail"],
    ["limited", answer(429), true, "fail"],
    ["sent elsewhere", answer(302), true, "unknown"],
    ["failed on the way back, it may have happened", answer(503), true, "unknown"],
    ["failed by a proxy that nobody knows", answer(502), true, "unknown"],
    ["refused by the application before it was done", answer(503, notWritten), true, "fail"],
    ["refused for want of memory", answer(507), true, "fail"],
    ["cut off under way", broken, true, "unknown"],
    ["never sent: no connection", broken, false, "fail"],
    ["without an answer in time", undefined, true, "unknown"],
    ["without a connection in time", undefined, false, "fail"],
  ] as const)("that was %s", (_what, end, wasSent, outcome) => {
    expect(outcomeOf(end, wasSent)).toBe(outcome);
  });

  it("says why it failed when the memory was full, and gives no reason for anything else", () => {
    expect(reasonOf(answer(507, notWritten))).toBe("oom");
    for (const end of [answer(503, notWritten), answer(200), broken, undefined]) expect(reasonOf(end)).toBeUndefined();
  });

  it("names who served it as far as the answer does", () => {
    const full = { [servedByHeaders.region]: "north", [servedByHeaders.cache]: "c1" };
    expect(servedByOf(answer(200, { ...full, [servedByHeaders.routingVersion]: "3" }))).toEqual({
      region: "north",
      cache: "c1",
      routingVersion: 3,
    });
    const nobody = { region: null, cache: null, routingVersion: null };
    expect(servedByOf(answer(200, { [servedByHeaders.routingVersion]: "soon" }))).toEqual(nobody);
    expect(servedByOf(broken)).toEqual(nobody);
    expect(servedByOf(undefined)).toEqual(nobody);
  });
});
