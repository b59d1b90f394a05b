import { spawn } from "node:child_process";
import { mkdir, open } from "node:fs/promises";
import path from "node:path";
import { LifeboatError } from "../../base/errors.ts";
import { projectRoot } from "../../base/paths.ts";
import { identityOf, isAlive, signalProcess, type ProcessIdentity } from "../../base/processes.ts";
import { waitFor } from "../../base/waits.ts";
import type { WorkloadSpec } from "../../contracts/lab.ts";
import { freePort } from "../../base/free-port.ts";
import type { Locks } from "./locks.ts";
import type { WorkloadDoc } from "./model.ts";
import type { Store } from "./store.ts";

const STOP_TIMEOUT_MS = 5000;

export type Workloads = ReturnType<typeof createWorkloads>;

/** Processes that share a region's fate, as application servers would. */
export function createWorkloads(home: string, store: Store, locks: Locks) {
  async function start(doc: WorkloadDoc): Promise<void> {
    const identity = await spawnWorkload(home, doc);
    store.workloads.put(doc.name, { ...doc, ...identity });
  }

  return {
    logFile: (name: string): string => logFile(home, name),
    identityOf: (doc: WorkloadDoc): ProcessIdentity | undefined => liveIdentity(doc),
    /** Starts it, or replaces one of the same name whose specification differs. */
    async put(name: string, spec: WorkloadSpec): Promise<void> {
      await locks.exclusive(`workload/${name}`, async () => {
        const former = store.workloads.get(name);
        if (former && JSON.stringify(former.spec) === JSON.stringify(spec)) return;
        if (former) await end(former);
        const port = spec.port ?? (await freePort());
        const doc = { name, spec, port, pid: null, startedAt: null };
        store.workloads.put(name, doc);
        if (isAvailable(store, doc)) await start(doc);
      });
    },
    async remove(name: string): Promise<void> {
      await locks.exclusive(`workload/${name}`, async () => {
        const doc = store.workloads.get(name);
        if (doc) await end(doc);
        store.workloads.delete(name);
      });
    },
    /** Starts it again when it died in a region that is available. */
    async restartIfDead(name: string): Promise<void> {
      await locks.exclusive(`workload/${name}`, async () => {
        const doc = store.workloads.get(name);
        if (doc && !liveIdentity(doc) && isAvailable(store, doc)) await start(doc);
      });
    },
  };
}

function isAvailable(store: Store, doc: WorkloadDoc): boolean {
  return store.regions.get(doc.spec.region)?.available ?? false;
}

function liveIdentity(doc: WorkloadDoc): ProcessIdentity | undefined {
  if (doc.pid === null || doc.startedAt === null) return undefined;
  const identity = { pid: doc.pid, startedAt: doc.startedAt };
  return isAlive(identity) ? identity : undefined;
}

async function spawnWorkload(home: string, doc: WorkloadDoc): Promise<ProcessIdentity> {
  const file = logFile(home, doc.name);
  await mkdir(path.dirname(file), { recursive: true });
  const log = await open(file, "a", 0o600);
  try {
    const child = spawn(process.execPath, doc.spec.argv, {
      cwd: projectRoot,
      env: { ...process.env, ...doc.spec.env, PORT: String(doc.port), LIFEBOAT_HOME: home },
      detached: true,
      stdio: ["ignore", log.fd, log.fd],
    });
    child.on("error", () => undefined);
    child.unref();
    const identity = child.pid === undefined ? undefined : identityOf(child.pid);
    if (identity === undefined) throw new LifeboatError("UNAVAILABLE", `workload ${doc.name} could not be started`);
    return identity;
  } finally {
    await log.close();
  }
}

async function end(doc: WorkloadDoc): Promise<void> {
  const identity = liveIdentity(doc);
  if (identity === undefined) return;
  // A frozen process takes no SIGTERM, and a workload has nothing that it must save.
  signalProcess(identity, "SIGKILL");
  await waitFor(() => !isAlive(identity), {
    what: `workload ${doc.name} to end`,
    timeoutMs: STOP_TIMEOUT_MS,
    intervalMs: 5,
  });
}

function logFile(home: string, name: string): string {
  return path.join(home, "logs", `${name}.log`);
}
