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

type Started = {
  readonly capture: Capture;
  /** What the syncer applied, up to the end of its bracket. */
  readonly take: (commands: readonly string[]) => void;
  readonly begin: (commands: readonly string[]) => void;
};

function start(): Started {
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
  let offset = 0;
  capture.position = { offset, database: 0, seen: BEFORE };
  const takeAll = (commands: readonly string[]): void => {
    for (const text of commands) {
      reader.take(text.split(" "));
      offset += 10;
      if (reader.betweenBrackets) capture.position = { offset, database: 0, seen: capture.seen };
    }
  };
  return {
    capture,
    take: (commands) => takeAll([...bracket, ...commands, "SELECT 1", "EXEC"]),
    begin: (commands) => takeAll([...bracket, ...commands]),
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

it("nothing of what was applied is acknowledged before all is told that went without having seen it", () => {
  const { capture, begin } = start();
  begin([]);
  expect(capture.seenByWhatComes).toEqual(BEFORE);
  const { capture: other, take } = start();
  take(["PEXPIREAT k1 99", "DEL k1", "DEL k2"]);
  expect(other.seenByWhatComes).toEqual(BEFORE);
  expect(other.firstOpen).toEqual({ offset: 0, database: 0, seen: BEFORE });
});

it("what goes from a database that a client copied to is nothing of the group's", () => {
  const { capture, take } = start();
  take(["SELECT 2", "DEL e", "SELECT 0"]);
  expect(capture.wanted).toEqual([]);
  expect(capture.takeReady()).toEqual([]);
});
