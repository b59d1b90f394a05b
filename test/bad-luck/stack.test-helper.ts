import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import path from "node:path";
import { loadOrCreateCredentials } from "../../base/credentials.ts";
import { createApiClient, type ApiClient } from "../../base/http-client.ts";
import { identityOf, isAlive, signalProcess, type ProcessIdentity } from "../../base/processes.ts";
import { register, serviceUrl } from "../../base/registration.ts";
import { waitFor } from "../../base/waits.ts";
import { findRunning } from "../../cli/supervisor/find-running.ts";
import { ESTATE_MARK } from "../../cli/supervisor/launch.ts";
import { leftoverProcesses } from "../../cli/supervisor/leftovers.ts";
import { servicesOf } from "../../cli/supervisor/services.ts";
import { lifeboat, newPlace, type Ran } from "../whole-drill.test-helper.ts";
import type { Place } from "./drill.test-helper.ts";

/** A real installation in a place of its own, whose processes can be killed by name. */
export type Stack = Place & {
  readonly home: string;
  readonly keeper: ApiClient;
  readonly lab: ApiClient;
  readonly network: ApiClient;
  /** Runs a command and expects it to end well. */
  run(...args: string[]): Promise<Ran>;
  find(name: string): Promise<ProcessIdentity>;
  /** Every live process that was started for this home. */
  everything(): ProcessIdentity[];
  /** As `kill -9`: everything but these, the supervisor first. Returns when all of it is dead. */
  killAllBut(survivors: readonly ProcessIdentity[]): Promise<void>;
  /** Starts one service without the supervisor, unless it lives. */
  start(name: string): Promise<ProcessIdentity>;
  end(): Promise<void>;
};

export async function createStack(): Promise<Stack> {
  const env = await newPlace("process");
  const home = env["LIFEBOAT_HOME"] ?? "";
  const credentials = await loadOrCreateCredentials(home);
  const client = (name: string, token: string): ApiClient =>
    createApiClient({ url: () => serviceUrl(home, name), token, timeoutMs: 10_000 });
  const find = async (name: string): Promise<ProcessIdentity> => {
    const found = await findRunning(home, name);
    if (!found) throw new Error(`${name} is not running`);
    return found.identity;
  };
  const run = async (...args: string[]): Promise<Ran> => {
    const ran = await lifeboat(env, args);
    if (ran.code === 0) return ran;
    throw new Error(`lifeboat ${args.join(" ")} ended with ${ran.code}: ${ran.stdout}${ran.stderr}`);
  };
  return {
    home,
    env,
    enter: [],
    folder: path.dirname(home),
    bundles: env["LIFEBOAT_BUNDLES"] ?? "",
    keeper: client("keeper", credentials.keeper),
    lab: client("geocache", credentials.lab),
    network: client("network", credentials.network),
    run,
    find,
    everything: () => leftoverProcesses(home),
    async killAllBut(survivors) {
      const spared = new Set(survivors.map(({ pid }) => pid));
      const supervisor = (await findRunning(home, "supervisor"))?.identity;
      if (supervisor) await kill(supervisor);
      const victims = leftoverProcesses(home).filter(({ pid }) => !spared.has(pid));
      await Promise.all(victims.map(kill));
    },
    async start(name) {
      const running = await findRunning(home, name);
      if (running) return running.identity;
      const service = servicesOf(home).find((each) => each.name === name);
      if (!service) throw new Error(`there is no service ${name}`);
      const spec = await service.spec();
      const marked = { ...env, LIFEBOAT_HOME: home, [ESTATE_MARK]: home };
      const child = spawn(spec.command, [...spec.args], { env: marked, stdio: "ignore", detached: true });
      await once(child, "spawn");
      child.unref();
      const started = identityOf(child.pid ?? 0);
      if (!started) throw new Error(`${name} ended at once`);
      const url = await service.foreignUrl?.();
      if (url !== undefined) await register(home, { name, ...started, url, logFile: null });
      await waitFor(
        async () => {
          const found = (await findRunning(home, name))?.registration;
          return found !== undefined && (await service.healthy(found));
        },
        { what: `${name} to serve`, timeoutMs: 30_000 },
      );
      return started;
    },
    async end() {
      await run("down").finally(() => rm(path.dirname(home), { recursive: true, force: true }));
    },
  };
}

export async function kill(identity: ProcessIdentity): Promise<void> {
  signalProcess(identity, "SIGKILL");
  await waitFor(() => !isAlive(identity), {
    what: `process ${identity.pid} to die`,
    timeoutMs: 10_000,
    intervalMs: 5,
  });
}
