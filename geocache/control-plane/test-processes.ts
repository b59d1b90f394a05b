import { spawn } from "node:child_process";
import { chmod, glob, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { RedisManagementClient } from "@azure/arm-rediscache";
import { z } from "zod";
import { loadOrCreateCredentials, type Credentials } from "../../base/credentials.ts";
import { createApiClient, type ApiClient } from "../../base/http-client.ts";
import { identityOf, isAlive, signalProcess, type ProcessIdentity } from "../../base/processes.ts";
import { serviceUrl } from "../../base/registration.ts";
import { waitFor } from "../../base/waits.ts";
import { caFile } from "./certificates.ts";
import { SUBSCRIPTION } from "./test-world.ts";

const scripts = { geocache: "main.ts", network: "../network/main.ts" } as const;
const recordSchema = z.object({ pid: z.number(), startedAt: z.string() });

export type Processes = {
  readonly home: string;
  readonly credentials: Credentials;
  readonly lab: ApiClient;
  /** The official client; it stays valid while the control plane is dead and after it was started again. */
  readonly arm: RedisManagementClient;
  start(name: keyof typeof scripts): Promise<void>;
  identityOf(name: keyof typeof scripts): ProcessIdentity;
  /** `kill -9`, and waits until it is gone. */
  kill(name: keyof typeof scripts): Promise<void>;
  /** The redis-server of a cache as its host wrote it down. */
  redisOf(cache: string): Promise<ProcessIdentity>;
  /** From now on a redis-server begins three seconds after it was started, or at once. */
  slowStarts(slow: boolean): Promise<void>;
  end(): Promise<void>;
};

/** The real processes of geocache on a home of their own. */
export async function startProcesses(): Promise<Processes> {
  const home = await mkdtemp(path.join(tmpdir(), "lifeboat-restart-"));
  const credentials = await loadOrCreateCredentials(home);
  const running = new Map<string, ProcessIdentity>();
  const slowFile = path.join(home, "slow");
  const binary = path.join(home, "redis-server.sh");
  await writeFile(binary, `#!/bin/sh\n[ -e "${slowFile}" ] && sleep 3\nexec redis-server "$@"\n`);
  await chmod(binary, 0o700);

  async function start(name: keyof typeof scripts): Promise<void> {
    const env = { ...process.env, LIFEBOAT_HOME: home, LIFEBOAT_HOST: "process", LIFEBOAT_REDIS_SERVER: binary };
    const child = spawn(process.execPath, [path.join(import.meta.dirname, scripts[name])], { env, stdio: "ignore" });
    const identity = identityOf(child.pid ?? 0);
    if (identity === undefined) throw new Error(`${name} did not start`);
    running.set(name, identity);
    await waitFor(() => serviceUrl(home, name), { what: `${name} to serve`, timeoutMs: 20_000 });
  }

  function processOf(name: string): ProcessIdentity {
    const identity = running.get(name);
    if (identity === undefined) throw new Error(`${name} was not started`);
    return identity;
  }

  async function kill(name: string): Promise<void> {
    const identity = processOf(name);
    if (!signalProcess(identity, "SIGKILL")) return;
    await waitFor(() => !isAlive(identity), { what: `${name} to end`, timeoutMs: 5000, intervalMs: 5 });
  }

  await start("network");
  await start("geocache");
  const ca = await readFile(caFile(home), "utf8");
  const token = { token: credentials.arm, expiresOnTimestamp: Date.now() + 3_600_000 };
  return {
    home,
    credentials,
    lab: createApiClient({ url: () => serviceUrl(home, "geocache"), token: credentials.lab }),
    arm: new RedisManagementClient({ getToken: () => Promise.resolve(token) }, SUBSCRIPTION, {
      endpoint: await serviceUrl(home, "geocache-arm"),
      tlsOptions: { ca },
    }),
    start,
    identityOf: processOf,
    kill,
    redisOf: (cache) => readIdentity(path.join(home, "geocache", "caches", cache, "process.json")),
    slowStarts: async (slow) => await (slow ? writeFile(slowFile, "") : rm(slowFile)),
    async end() {
      for (const name of running.keys()) await kill(name);
      for await (const file of glob(path.join(home, "geocache", "{caches/*/process,members/*/{syncer,pulse}}.json"))) {
        signalProcess(await readIdentity(file), "SIGKILL");
      }
      await rm(home, { recursive: true, force: true });
    },
  };
}

async function readIdentity(file: string): Promise<ProcessIdentity> {
  return recordSchema.parse(JSON.parse(await readFile(file, "utf8")));
}
