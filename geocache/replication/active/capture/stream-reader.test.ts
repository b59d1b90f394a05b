import { expect, it } from "vitest";
import { HybridClock } from "../hybrid-clock.ts";
import { secretNames } from "../secrets.ts";
import { parseVector, vectorText } from "../store/member-state.ts";
import { Capture } from "./capture.ts";
import { ListCopies } from "./lists.ts";
import { StreamReader } from "./stream-reader.ts";

const names = secretNames("secret");
const BEFORE = new Map([["m0/1", 4]]);
const AFTER = new Map([["m0/1", 6]]);

function start(): { readonly capture: Capture; readonly take: (commands: readonly string[]) => void } {
  const clock = new HybridClock(0);
  const capture = new Capture({ origin: "m1/1", lastSeq: 0, seen: BEFORE, clock, lists: new ListCopies(true) });
  const events = {
    onCaptured: (captured: Parameters<Capture["take"]>[0]) => capture.take(captured),
    onTime: (timeUs: number) => clock.passed(timeUs),
    onApplied: (marker: string) => capture.applied(parseVector(marker)),
    onExpired: (key: string) => capture.takeExpired(key),
    onExpiredAgain: (key: string) => capture.takeExpiredAgain(key),
    onFlushed: () => undefined,
  };
  const reader = new StreamReader(names, events, 0);
  const bracket = ["MULTI", "SELECT 1", `SET ${names.marker} ${vectorText(AFTER)}`, "SELECT 0"];
  return {
    capture,
    take: (commands) => {
      for (const text of [...bracket, ...commands, "SELECT 1", "EXEC"]) {
        reader.take(text.split(" "));
        capture.position = { offset: capture.position.offset + 10, database: 0 };
      }
    },
  };
}

it("a key that was over when the syncer touched it went without what the others wrote", () => {
  const { capture, take } = start();
  take(["DEL e", "SADD e remote"]);
  const [item] = capture.takeReady();
  expect(item?.operation).toMatchObject({ seen: BEFORE, effect: { kind: "del", key: "e", cause: "expired" } });
  expect(capture.wanted).toEqual([]);
});

it("a key that went right after the others' writes to it had been applied is said anew, as a removal of those too", () => {
  const { capture, take } = start();
  take(["SADD e remote", "DEL e"]);
  expect(capture.takeReady()).toEqual([]);
  expect(capture.wanted).toEqual([{ kind: "key", key: "e", goneAs: "expired" }]);
  capture.resolve({ offset: 1000, found: [{ kind: "key", key: "e", content: { type: "none" } }] });
  const [item] = capture.takeReady();
  expect(item?.operation).toMatchObject({ seen: AFTER, effect: { kind: "del", key: "e", cause: "expired" } });
});

it("what was applied may be acknowledged once it is told what went without having seen it", () => {
  const { capture, take } = start();
  expect(capture.seenByWhatComes).toEqual(BEFORE);
  take(["DEL e", "SADD e remote"]);
  expect(capture.seenByWhatComes).toEqual(BEFORE);
  capture.takeReady();
  expect(capture.seenByWhatComes).toEqual(AFTER);
});

it("what goes from a database that a client copied to is nothing of the group's", () => {
  const { capture, take } = start();
  take(["SELECT 2", "DEL e", "SELECT 0"]);
  expect(capture.wanted).toEqual([]);
  expect(capture.takeReady()).toEqual([]);
});
