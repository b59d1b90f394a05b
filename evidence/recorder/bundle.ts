import { randomBytes } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import type { z } from "zod";
import { stamp } from "../../base/clocks.ts";
import { LifeboatError } from "../../base/errors.ts";
import { parseInput } from "../../base/http-server.ts";
import type { bundleStatusSchema, putFileSchema, SealAnswer } from "../../contracts/recorder.ts";
import { canonicalJson } from "../canonical.ts";
import { eventInputSchema, type EventInput } from "../events.ts";
import { files } from "../layout.ts";
import { planSha256, scenarioOf } from "../plan.ts";
import { describeMachine } from "./describe-machine.ts";
import { openJournal, type Journal } from "./journal.ts";
import { createReserve, type Reserve } from "./reserve.ts";
import type { DrillState, StateStore } from "./state.ts";
import { takeFile } from "./take-file.ts";

type Opening = {
  readonly drillId: string;
  readonly fencingToken: number;
  readonly scenario: unknown;
  readonly kind: string;
};
type Sealer = (bundle: { folder: string; drillId: string; journal: Journal }) => Promise<SealAnswer>;

export type BundleOptions = {
  readonly drillId: string;
  readonly bundlesFolder: string;
  readonly states: StateStore;
  readonly sealer: Sealer;
};

/** One drill's bundle while it is written. Calls are served one after the other. */
export type Bundle = {
  open(opening: Opening): Promise<Status>;
  append(fencingToken: number, events: readonly unknown[]): Promise<{ count: number; head: string }>;
  putFile(request: z.infer<typeof putFileSchema>): ReturnType<typeof takeFile>;
  seal(fencingToken: number, ending: string): Promise<SealAnswer>;
  status(): Promise<Status>;
  close(): Promise<void>;
  /** Takes away a bundle that could not be opened. */
  abandon(): Promise<void>;
};
type Status = z.infer<typeof bundleStatusSchema>;

/** How often it is looked whether the disk is full. */
const LOOK_EVERY_MS = 1000;

type Held = BundleOptions & {
  readonly folder: string;
  readonly reserve: Reserve;
  state: DrillState;
  readonly journal: Journal;
};

/** Takes up the bundle where a former process left it, or makes its folder. */
export async function holdBundle(options: BundleOptions, found: DrillState | undefined): Promise<Bundle> {
  const folder = path.join(options.bundlesFolder, options.drillId);
  if (!found?.sealed) await mkdir(folder, { recursive: true });
  const held: Held = {
    ...options,
    folder,
    reserve: createReserve(options.bundlesFolder, options.drillId),
    state: found ?? { drillId: options.drillId, fencingToken: 0, sealed: null },
    journal: await openJournal(path.join(folder, files.events), options.drillId, Boolean(found?.sealed)),
  };
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work, work);
    last = next.catch(() => undefined);
    return next;
  };
  const looking = setInterval(() => {
    if (held.state.sealed) clearInterval(looking);
    else void inTurn(() => watchDisk(held)).catch(() => undefined);
  }, LOOK_EVERY_MS).unref();
  return {
    open: (opening) => inTurn(() => openBundle(held, opening)),
    append: (token, events) => inTurn(() => append(held, token, events)),
    putFile: (request) => inTurn(() => putFile(held, request)),
    seal: (token, ending) => inTurn(() => seal(held, token, ending)),
    status: () => inTurn(async () => statusOf(held)),
    close() {
      clearInterval(looking);
      return inTurn(() => held.journal.close());
    },
    abandon: () => inTurn(() => abandon(held)),
  };
}

/** @throws STALE_TOKEN when a newer holder has been here */
function requireFresh(held: Held, fencingToken: number): void {
  if (fencingToken >= held.state.fencingToken) return;
  throw new LifeboatError("STALE_TOKEN", `token ${fencingToken} is older than ${held.state.fencingToken}`);
}

/** @throws STALE_TOKEN */
async function fence(held: Held, fencingToken: number): Promise<void> {
  requireFresh(held, fencingToken);
  if (fencingToken === held.state.fencingToken) return;
  held.state = { ...held.state, fencingToken };
  await held.reserve.pay(() => held.states.save(held.state));
}

async function openBundle(held: Held, opening: Opening): Promise<Status> {
  requireFresh(held, opening.fencingToken);
  if (held.state.sealed) return statusOf(held);
  // First the room for the end: without it there is no bundle, and the state must not say that there is one.
  await held.reserve.hold();
  await fence(held, opening.fencingToken);
  const plan = canonicalJson(opening.scenario ?? null);
  await takeFile(held.folder, files.plan, { kind: "text", text: plan });
  await takeFile(held.folder, "env/recorder.json", {
    kind: "text",
    text: canonicalJson(await describeMachine()),
  }).catch(keepFirst);
  const scenario = scenarioOf(opening.scenario)?.name ?? "unknown";
  const data = { scenario, planSha256: planSha256(opening.scenario ?? null), kind: opening.kind };
  await held.journal.append([ownEvent("run.opened", data)]);
  return statusOf(held);
}

async function abandon(held: Held): Promise<void> {
  await held.reserve.release();
  if (held.journal.events().length === 0) await rm(held.folder, { recursive: true, force: true });
}

/** After an update of the machine in mid-drill the description made first stays. */
function keepFirst(error: unknown): void {
  if ((error as { code?: unknown }).code !== "CONFLICT") throw error;
}

/** Once the bundle is open: others may be unable to go on, and so to ask, before there is room again. */
async function watchDisk(held: Held): Promise<void> {
  if (held.journal.events().length === 0) return;
  await held.reserve.look();
  await noteFullDisk(held);
}

async function noteFullDisk(held: Held): Promise<void> {
  if (!held.reserve.isBroken() || isClosed(held)) return;
  const message = "the disk has no room left; the drill goes on with what was set aside for its end";
  await held.journal.append([{ ...ownEvent("error", { code: "DISK_FULL", message }), key: "recorder/disk-full" }]);
}

function isClosed(held: Held): boolean {
  return held.journal.events().some((event) => event.type === "run.closed");
}

function ownEvent(type: "run.opened" | "run.closed" | "error", data: Record<string, unknown>): EventInput {
  return { key: type, type, phase: null, actor: { kind: "process", id: "recorder" }, target: null, at: stamp(), data };
}

async function append(held: Held, token: number, events: readonly unknown[]): Promise<{ count: number; head: string }> {
  await fence(held, token);
  const inputs = events.map((event) => parseInput(eventInputSchema, event));
  const known = new Set(held.journal.events().map((event) => event.key));
  const fresh = inputs.filter((input) => !known.has(input.key));
  if (fresh.length > 0) {
    refuseWhenClosed(held);
    await held.reserve.pay(() => held.journal.append(fresh));
    await held.reserve.pay(() => noteFullDisk(held));
  }
  return { count: held.journal.events().length, head: held.journal.head() };
}

function refuseWhenClosed(held: Held): void {
  const opened = held.journal.events().some((event) => event.type === "run.opened");
  if (!opened) throw new LifeboatError("CONFLICT", `bundle ${held.drillId} is not opened yet`);
  if (isClosed(held)) throw new LifeboatError("CONFLICT", `bundle ${held.drillId} is closed`);
}

async function putFile(held: Held, request: z.infer<typeof putFileSchema>): ReturnType<typeof takeFile> {
  await fence(held, request.fencingToken);
  const inBundle = request.source.kind === "file" && !path.relative(held.folder, request.source.file).startsWith("..");
  if (inBundle) throw new LifeboatError("BAD_INPUT", "source.file: lies inside the bundle", { field: "source.file" });
  if (isClosed(held)) refuseWhenClosed(held);
  return takeFile(held.folder, request.path, request.source);
}

async function seal(held: Held, fencingToken: number, ending: string): Promise<SealAnswer> {
  await fence(held, fencingToken);
  if (held.state.sealed) return held.state.sealed;
  const nonce = randomBytes(16).toString("hex");
  if (!isClosed(held)) refuseWhenClosed(held);
  const answer = await held.reserve.pay(async () => {
    await held.journal.append([ownEvent("run.closed", { ending, nonce })]);
    return held.sealer(held);
  });
  held.state = { ...held.state, sealed: answer };
  await held.reserve.pay(() => held.states.save(held.state));
  await held.reserve.release();
  return answer;
}

function statusOf(held: Held): Status {
  const { drillId, folder, state, journal } = held;
  return {
    drillId,
    folder,
    state: state.sealed ? "sealed" : "open",
    events: journal.events().length,
    fencingToken: state.fencingToken,
  };
}
