import { open, readFile, type FileHandle } from "node:fs/promises";
import { stamp } from "../../base/clocks.ts";
import { LifeboatError } from "../../base/errors.ts";
import { sha256Hex } from "../canonical.ts";
import { lineOf, readChain } from "../chain.ts";
import type { DrillEvent, EventInput } from "../events.ts";

/** The event log of one drill on disk: appended, synced, never rewritten. */
export type Journal = {
  events(): readonly DrillEvent[];
  head(): string;
  /** Writes the events whose keys are new, in this order, and syncs them. */
  append(inputs: readonly EventInput[]): Promise<void>;
  close(): Promise<void>;
};

/** Opens or makes the log. A tail that a crash left incomplete is cut off, and a note says so; never of a sealed log. */
export async function openJournal(file: string, drillId: string, sealed = false): Promise<Journal> {
  const content = await readFile(file).catch(() => new Uint8Array());
  const found = readChain(content, drillId);
  if (sealed)
    return journalOn(await open(file, "r"), { events: [...found.events], head: found.head, bytes: content.length });
  const handle = await open(file, "a+", 0o600);
  await handle.truncate(found.goodBytes);
  const journal = journalOn(handle, { events: [...found.events], head: found.head, bytes: found.goodBytes });
  if (found.problem !== null) await journal.append([cutNote(content.subarray(found.goodBytes), found.problem)]);
  return journal;
}

type JournalState = { events: DrillEvent[]; head: string; bytes: number };

function journalOn(handle: FileHandle, state: JournalState): Journal {
  const keys = new Set(state.events.map((event) => event.key));
  return {
    events: () => state.events,
    head: () => state.head,
    async append(inputs) {
      const fresh = uniqueByKey(inputs.filter((input) => !keys.has(input.key)));
      if (fresh.length === 0) return;
      const next = extend(state, fresh);
      await writeAll(handle, next.text, state.bytes);
      for (const input of fresh) keys.add(input.key);
      state.events.push(...next.events);
      state.head = next.head;
      state.bytes += Buffer.byteLength(next.text);
    },
    close: () => handle.close(),
  };
}

function uniqueByKey(inputs: readonly EventInput[]): EventInput[] {
  return [...new Map(inputs.toReversed().map((input) => [input.key, input])).values()].toReversed();
}

function extend(
  state: JournalState,
  inputs: readonly EventInput[],
): { text: string; events: DrillEvent[]; head: string } {
  let head = state.head;
  let text = "";
  const events: DrillEvent[] = [];
  for (const input of inputs) {
    const place = { seq: state.events.length + events.length, prev: head, recordedAt: stamp() };
    const line = lineOf(input, place);
    head = sha256Hex(line);
    text += `${line}\n`;
    events.push(JSON.parse(line) as DrillEvent);
  }
  return { text, events, head };
}

/** All or nothing as far as this process can tell: what a full disk took of it is cut off again. */
async function writeAll(handle: FileHandle, text: string, goodBytes: number): Promise<void> {
  try {
    await handle.appendFile(text);
    await handle.sync();
  } catch (error) {
    await handle.truncate(goodBytes).catch((cause: unknown) => {
      throw new LifeboatError("INTERNAL", "the event log could not be cut back after a failed write", { cause });
    });
    throw error;
  }
}

function cutNote(tail: Uint8Array, problem: string): EventInput {
  return {
    key: `recorder/cut/${sha256Hex(tail)}`,
    type: "note",
    phase: null,
    actor: { kind: "process", id: "recorder" },
    target: "events.jsonl",
    at: stamp(),
    data: {
      text: "an incomplete tail was cut off on reopening",
      cutBytes: tail.length,
      sha256: sha256Hex(tail),
      problem,
    },
  };
}
