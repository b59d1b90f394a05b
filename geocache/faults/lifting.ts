import { stamp } from "../../base/clocks.ts";
import { LifeboatError, messageOf } from "../../base/errors.ts";
import { waitFor } from "../../base/waits.ts";
import type { FaultRecord } from "../../contracts/fault.ts";
import type { BoundedInstant } from "../../contracts/stamps.ts";
import type { Check } from "./fault-kind.ts";
import { handlerOf } from "./kinds/handlers.ts";
import { contextOf, type KeeperParts } from "./parts.ts";
import type { Entry } from "./store.ts";

export type LiftReason = "asked" | "lapsed" | "half-injected";

const goals = { asked: "lifted", lapsed: "lapsed", "half-injected": "failed" } as const;
const undoTimeoutMs = 5000;
const settleTimeoutMs = 4000;
const retryMs = 100;

type Seen = { readonly lifted: BoundedInstant; readonly verification: Check[] };

/**
 * Undoes a fault and looks whether it has gone; may be repeated. A fault that is still there after the time for it
 * is `failed`, and the keeper goes on trying.
 */
export async function liftEntry(given: Entry, reason: LiftReason, parts: KeeperParts): Promise<FaultRecord> {
  if (given.undone) return given.record;
  const goal = given.goal ?? goals[reason];
  let entry: Entry = { ...given, goal };
  if (!entry.record.lifted) {
    entry = { ...entry, record: { ...entry.record, state: "lifting" } };
    await remember(entry, parts);
    entry = withSeen(entry, await undo(entry, parts).catch((error: unknown) => messageOf(error)));
  }
  if (entry.record.lifted) entry = await settle(entry, parts);
  await remember(entry, parts);
  parts.log.info({ fault: entry.record.id, state: entry.record.state, undone: entry.undone }, "lifting ended");
  return entry.record;
}

/** Lifting must not wait for room on the disk: the undo is written already, and doing it again does no harm. */
async function remember(entry: Entry, { store, log }: KeeperParts): Promise<void> {
  await store.put(entry).catch((error: unknown) => {
    log.error({ fault: entry.record.id, error: messageOf(error) }, "not written down");
  });
}

/** Lifts until it is seen to have gone. `notBefore` is the first act. @throws TIMED_OUT */
async function undo(entry: Entry, parts: KeeperParts): Promise<Seen> {
  const handler = handlerOf(entry.record.fault);
  const context = contextOf(entry, parts);
  const notBefore = stamp();
  return waitFor(
    async () => {
      await handler.lift(context);
      const verification = await handler.verify(context);
      const open = verification.find((check) => !check.holds);
      if (open) throw new LifeboatError("CONFLICT", `not true: ${open.what}`);
      return { lifted: { notBefore, notAfter: stamp() }, verification };
    },
    { what: `fault ${entry.record.id} to be gone`, timeoutMs: undoTimeoutMs, intervalMs: retryMs },
  );
}

function withSeen(entry: Entry, seen: Seen | string): Entry {
  const { record, goal } = entry;
  if (typeof seen !== "string") return { ...entry, record: { ...record, ...seen, state: goal ?? "lifted" } };
  const verification = [{ what: seen, holds: false }];
  return { ...entry, record: { ...record, state: "failed", verification, detail: seen } };
}

async function settle(entry: Entry, parts: KeeperParts): Promise<Entry> {
  const handler = handlerOf(entry.record.fault);
  const context = contextOf(entry, parts);
  try {
    await waitFor(() => handler.settle(context).then(() => true), {
      what: "the control plane to hear that the fault is over",
      timeoutMs: settleTimeoutMs,
      intervalMs: retryMs,
    });
    return { ...entry, undone: true };
  } catch (error) {
    parts.log.warn({ fault: entry.record.id, error: messageOf(error) }, "lifted, but not yet settled");
    return entry;
  }
}
