import path from "node:path";
import type { WorkflowHandle } from "@temporalio/client";
import { ApplicationFailure } from "@temporalio/common";
import { Context } from "@temporalio/activity";
import { TestWorkflowEnvironment } from "@temporalio/testing";
import { bundleWorkflowCode, Worker, type WorkflowBundleWithSourceMap } from "@temporalio/worker";
import type { Activities } from "../activities/create-activities.ts";
import { loadScenario } from "../scenarios/load.ts";
import { waitFor } from "../base/waits.ts";
import type { DrillInput, DrillResult } from "./messages.ts";

export const TEST_QUEUE = "drill-test";

export async function startTemporal(): Promise<TestWorkflowEnvironment> {
  const binary = process.env["LIFEBOAT_TEMPORAL"] ?? "temporal";
  const executable = { type: "existing-path", path: binary.includes("/") ? binary : await onPath(binary) } as const;
  return TestWorkflowEnvironment.createLocal({ server: { executable } });
}

async function onPath(binary: string): Promise<string> {
  const { access } = await import("node:fs/promises");
  for (const folder of (process.env["PATH"] ?? "").split(path.delimiter)) {
    const file = path.join(folder, binary);
    if (
      await access(file).then(
        () => true,
        () => false,
      )
    )
      return file;
  }
  throw new Error(`${binary} is not on the PATH`);
}

export type World = { readonly calls: string[]; readonly activities: Activities };
type Fakes = Partial<Record<keyof Activities, () => Promise<unknown>>>;

/** Acts that only note that they were called, in this order; `fakes` replace some. */
export function createWorld(fakes: Fakes = {}): World {
  const calls: string[] = [];
  const answers: Partial<Record<keyof Activities, unknown>> = {
    preflight: [],
    measureReplicationDelay: { loMs: 1, hiMs: 2 },
    awaitCaughtUp: { loMs: 1, hiMs: 2 },
    relink: 5,
    bundleState: "open",
    takeOverToken: 7,
    watchHeadroom: { held: true, headroomRatio: 0.4, minutesToOom: 0.5 },
    recreateMember: 5,
    reuniteMember: 5,
    compareMembers: true,
    listConflicts: 3,
  };
  const act = (name: keyof Activities) => async (): Promise<unknown> => {
    calls.push(name);
    return fakes[name] ? fakes[name]() : answers[name];
  };
  const plain = [
    "estateUp",
    "estateDown",
    "preflight",
    "startObservation",
    "stopObservation",
    "awaitAlarm",
    "awaitService",
    "injectFault",
    "liftFault",
    "liftAllFaults",
    "failOver",
    "undrain",
    "awaitReturned",
    "relink",
    "awaitCaughtUp",
    "measureReplicationDelay",
    "readBack",
    "bundleState",
    "takeOverToken",
    "awaitDrillClosed",
    "awaitMemberLost",
    "watchHeadroom",
    "noteMoves",
    "forceUnlinkMember",
    "checkOldMember",
    "checkLateWrites",
    "recreateMember",
    "reuniteMember",
    "compareMembers",
    "listConflicts",
  ] as const;
  const activities = {
    ...Object.fromEntries(plain.map((name) => [name, act(name)])),
    openDrill: ({ drillId }: { drillId: string }) => Promise.resolve({ drillId, fencingToken: 7 }),
    record: (_drill: unknown, events: { what: string }[]) => {
      calls.push(...events.map(({ what }) => what));
      return Promise.resolve();
    },
    holdFault: untilCancelled,
    writeInRegions: () => untilCancelled().finally(() => calls.push("writeInRegions ended")),
    seal: ({ ending }: { ending: string }) => {
      calls.push(`seal:${ending}`);
      return Promise.resolve(sealed(ending));
    },
  };
  return { calls, activities: activities as unknown as Activities };
}

function sealed(ending: string): Record<string, unknown> {
  const headline = { rto: "1 s", lostWrites: "0" };
  return { folder: "f", reportFile: "r", manifestSha256: "0", overall: "pass", ending, objectives: [], headline };
}

/** Beats until cancelled, as an act that holds something does. */
export async function untilCancelled(): Promise<never> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(), 100);
  try {
    return await context.cancelled;
  } finally {
    clearInterval(timer);
  }
}

export function failing(code: string): () => Promise<never> {
  return () => Promise.reject(ApplicationFailure.create({ message: "as told", type: code, nonRetryable: true }));
}

/** A built-in scenario with all its waits cut short. */
export async function quickInput(drillId: string, name = "region-outage"): Promise<DrillInput> {
  const { scenario, sha256 } = await loadScenario(name);
  const [step] = scenario.steps;
  const short = step?.kind === "region-outage" ? { ...step, holdMs: 10 } : step;
  const quick = { ...scenario, baselineMs: 10, dwellMs: 10, steps: short ? [short] : [] };
  return { drillId, scenario: quick, planSha256: sha256, kind: "rehearsal", keepEstate: false };
}

let bundle: Promise<WorkflowBundleWithSourceMap> | undefined;

/** Runs a worker over these acts while `work` runs. */
export async function withWorker<T>(env: TestWorkflowEnvironment, world: World, work: () => Promise<T>): Promise<T> {
  bundle ??= bundleWorkflowCode({ workflowsPath: path.join(import.meta.dirname, "index.ts") });
  const worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue: TEST_QUEUE,
    workflowBundle: await bundle,
    activities: world.activities,
    maxHeartbeatThrottleInterval: "100ms",
    defaultHeartbeatThrottleInterval: "100ms",
  });
  return worker.runUntil(work);
}

export function startTestDrill(env: TestWorkflowEnvironment, input: DrillInput): Promise<WorkflowHandle> {
  return env.client.workflow.start("runDrill", { taskQueue: TEST_QUEUE, workflowId: input.drillId, args: [input] });
}

export async function resultOf(handle: WorkflowHandle): Promise<DrillResult> {
  return (await handle.result()) as DrillResult;
}

/** Waits until the drill has come to a call or an event. */
export function untilCalled({ calls }: World, name: string): Promise<boolean> {
  return waitFor(() => calls.includes(name), { what: name, timeoutMs: 20_000 });
}
