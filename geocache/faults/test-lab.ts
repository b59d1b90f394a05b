import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { z } from "zod";
import { loadOrCreateCredentials } from "../../base/credentials.ts";
import { createApiClient, type ApiClient } from "../../base/http-client.ts";
import { createApi, serveRegistered } from "../../base/http-server.ts";
import { identityOf, isAlive, type ProcessIdentity } from "../../base/processes.ts";
import { readRegistration, serviceUrl } from "../../base/registration.ts";
import { waitFor } from "../../base/waits.ts";
import { faultRecordSchema, tokenSchema, type Fault, type FaultRecord } from "../../contracts/fault.ts";
import type { LabCache, RegionMember } from "../../contracts/lab.ts";
import { isStopped } from "./members/process-state.ts";

const scripts = {
  keeper: path.join(import.meta.dirname, "main.ts"),
  network: path.join(import.meta.dirname, "..", "network", "main.ts"),
};

export type TestHome = {
  readonly home: string;
  readonly members: RegionMember[];
  readonly caches: LabCache[];
  /** Regions' availability as the keeper told it, in order. */
  readonly announced: boolean[];
  readonly keeper: ApiClient;
  readonly network: ApiClient;
  /** Starts a process of ours and waits until it serves. */
  start(name: keyof typeof scripts): Promise<ProcessIdentity>;
  /** A process that shares the region's fate. */
  spawnMember(name: string): ProcessIdentity;
  /** Any other process that is to be ended with the home. */
  own(child: ChildProcess): ProcessIdentity;
  inject(id: string, fault: Fault, options?: InjectOptions): Promise<FaultRecord>;
  get(id: string): Promise<FaultRecord>;
  lift(id: string, fencingToken?: number, holder?: string): Promise<FaultRecord>;
  end(): Promise<void>;
};
type InjectOptions = { readonly leaseMs?: number; readonly fencingToken?: number; readonly holder?: string };

/** A home with a lab that lists what the test has spawned, served over real HTTP. */
export async function createTestHome(): Promise<TestHome> {
  const home = await mkdtemp(path.join(tmpdir(), "lifeboat-keeper-"));
  const credentials = await loadOrCreateCredentials(home);
  const members: RegionMember[] = [];
  const caches: LabCache[] = [];
  const announced: boolean[] = [];
  const owned: ProcessIdentity[] = [];
  const lab = createApi({ token: credentials.lab });
  lab.get("/lab/regions/:name/members", () => ({ members }));
  lab.get("/lab/caches", () => ({ caches }));
  lab.put("/lab/regions/:name/availability", (request) => {
    announced.push((request.body as { available: boolean }).available);
    return {};
  });
  await serveRegistered(lab, { home, name: "geocache" });
  const keeper = createApiClient({ url: () => serviceUrl(home, "keeper"), token: credentials.keeper });
  const network = createApiClient({ url: () => serviceUrl(home, "network"), token: credentials.network });
  const own = (child: ChildProcess): ProcessIdentity => {
    const identity = child.pid === undefined ? undefined : identityOf(child.pid);
    if (!identity) throw new Error("the process did not start");
    owned.push(identity);
    return identity;
  };
  return {
    home,
    members,
    caches,
    announced,
    keeper,
    network,
    own,
    async start(name) {
      const env = { ...process.env, LIFEBOAT_HOME: home, LIFEBOAT_LOG_LEVEL: "error" };
      const identity = own(spawn(process.execPath, [scripts[name]], { stdio: ["ignore", "ignore", "inherit"], env }));
      const isUp = async (): Promise<boolean> => (await readRegistration(home, name))?.pid === identity.pid;
      await waitFor(isUp, { what: `${name} to be up`, timeoutMs: 15_000 });
      return identity;
    },
    spawnMember(name) {
      const identity = own(spawn("sleep", ["600"], { stdio: "ignore" }));
      members.push({ host: "process", kind: "workload", name, ...identity });
      return identity;
    },
    inject: (id, fault, { leaseMs = 30_000, fencingToken = 1, holder = "drill" } = {}) =>
      keeper.call({
        method: "POST",
        path: "/faults",
        body: { id, holder, fencingToken, leaseMs, fault },
        answer: faultRecordSchema,
      }),
    get: (id) => keeper.call({ method: "GET", path: `/faults/${id}`, answer: faultRecordSchema }),
    lift: (id, fencingToken = 1, holder = "drill") =>
      keeper.call({
        method: "DELETE",
        path: `/faults/${id}`,
        body: { holder, fencingToken },
        answer: faultRecordSchema,
      }),
    async end() {
      for (const process of owned) endNow(process);
      await lab.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** As `kill -9` does it, and only if it is still the same process. */
export function endNow(identity: ProcessIdentity): void {
  if (isAlive(identity)) process.kill(identity.pid, "SIGKILL");
}

export async function tokenFor(keeper: ApiClient, holder: string, takeOver = false): Promise<number> {
  const body = { holder, takeOver };
  return (await keeper.call({ method: "POST", path: "/tokens", body, answer: tokenSchema })).fencingToken;
}

export async function renew(
  keeper: ApiClient,
  id: string,
  { fencingToken = 1, holder = "drill" }: Omit<InjectOptions, "leaseMs"> = {},
): Promise<unknown> {
  return keeper.call({
    method: "POST",
    path: `/faults/${id}/renew`,
    body: { holder, fencingToken },
    answer: z.unknown(),
  });
}

/** How long it took until the process ran again, bounded. */
export async function msUntilThawed(identity: ProcessIdentity, timeoutMs: number): Promise<number> {
  const startMs = performance.now();
  await waitFor(() => isAlive(identity) && !isStopped(identity.pid), {
    what: "the process to run again",
    timeoutMs,
    intervalMs: 10,
  });
  return performance.now() - startMs;
}
