import { afterEach, describe, expect, it } from "vitest";
import { elapsedMs, stamp, type Stamp } from "../../base/clocks.ts";
import { awaitSchema } from "../../contracts/observer.ts";
import { depsWith, drill, later, startRecorderStub, startStub, type Stub } from "../deps.test-helper.ts";
import { awaitAlarm } from "./await-stream.ts";

const FOR_MS = 300;
const stream = { region: "west", op: "write", forMs: FOR_MS, timeoutMs: 3000 } as const;
const never = new AbortController().signal;

const stubs: Stub[] = [];
afterEach(async () => {
  await Promise.all(stubs.splice(0).map((stub) => stub.close()));
});

/** Waits for an alarm over an observer whose stream fails in unbroken rows that began at these instants. */
async function alarmOver(rows: readonly Stamp[], since: Stamp): Promise<{ at: Stamp; since: Stamp }> {
  let asked = 0;
  const observer = await startStub((api) => {
    api.post("/sessions/:id/await", (request) => {
      awaitSchema.parse(request.body);
      const row = rows[Math.min(asked, rows.length - 1)] ?? since;
      asked += 1;
      const at = stamp();
      return { held: elapsedMs(row, at) >= FOR_MS, at, since: row };
    });
  });
  const recorder = await startRecorderStub();
  stubs.push(observer, recorder);
  const deps = depsWith({ observer: observer.client, recorder: recorder.client });
  await awaitAlarm(deps, { drill, stream, since }, never);
  const event = recorder.events.get("d1:alarm") as { at: Stamp; data: { since: Stamp } };
  return { at: event.at, since: event.data.since };
}

describe("an alarm", () => {
  it("does not count what failed before anything was broken", async () => {
    const broken = stamp();
    const alarm = await alarmOver([later(broken, -10_000)], broken);
    expect(elapsedMs(broken, alarm.at)).toBeGreaterThanOrEqual(FOR_MS);
    expect(alarm.since).toEqual(broken);
  });

  it("starts anew when the row that began too early broke", async () => {
    const broken = stamp();
    const second = later(broken, 200);
    const alarm = await alarmOver([later(broken, -10_000), second], broken);
    expect(elapsedMs(second, alarm.at)).toBeGreaterThanOrEqual(FOR_MS);
    expect(alarm.since).toEqual(second);
  });

  it("rises at once when the row began afterwards", async () => {
    const broken = later(stamp(), -5000);
    const row = later(broken, 20);
    expect((await alarmOver([row], broken)).since).toEqual(row);
  });

  it("that does not rise in time is a time-out", async () => {
    const broken = later(stamp(), 60_000);
    await expect(alarmOver([broken], broken)).rejects.toMatchObject({ code: "TIMED_OUT" });
  });
});
