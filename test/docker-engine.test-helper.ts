import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { identityOf, isAlive, signalProcess } from "../base/processes.ts";
import { waitFor, withTimeout } from "../base/waits.ts";

const run = promisify(execFile);
const UP_TIMEOUT_MS = 30_000;

/** A Docker engine of a test's own, beside the one that other tests use. */
export type TestEngine = {
  /** DOCKER_HOST */
  readonly address: string;
  /** Output of the docker command line against this engine. */
  docker(...args: string[]): Promise<string>;
  /** As `kill -9`: its containers live on, and nobody answers for them. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  end(): Promise<void>;
};

export async function startEngine(folder: string): Promise<TestEngine> {
  const address = `unix://${folder}/docker.sock`;
  const docker = async (...args: string[]): Promise<string> =>
    (await run("docker", ["--host", address, ...args], { timeout: 20_000 })).stdout.trim();
  const start = async (): Promise<ChildProcess> => {
    const log = openSync(path.join(folder, "dockerd.log"), "a");
    const daemon = spawn("dockerd", daemonOptions(folder, address), { stdio: ["ignore", log, log] });
    closeSync(log);
    await waitFor(async () => (await docker("info")) !== "", { what: "the engine", timeoutMs: UP_TIMEOUT_MS });
    return daemon;
  };
  const stop = async (daemon: ChildProcess, signal: "SIGTERM" | "SIGKILL"): Promise<void> => {
    const exited = once(daemon, "exit");
    daemon.kill(signal);
    await withTimeout(exited, UP_TIMEOUT_MS, "the end of the engine");
  };
  let engine = await start();
  return {
    address,
    docker,
    async kill() {
      const pidFile = path.join(folder, "exec/containerd/containerd.pid");
      const containerd = identityOf(Number(await readFile(pidFile, "utf8")));
      await stop(engine, "SIGKILL");
      if (containerd) signalProcess(containerd, "SIGKILL");
      await waitFor(() => !containerd || !isAlive(containerd), { what: "containerd to end", timeoutMs: UP_TIMEOUT_MS });
      // Where nobody reaps orphans the next engine would take the dead one for alive.
      await rm(pidFile);
    },
    async restart() {
      engine = await start();
    },
    async end() {
      // The containers of a killed engine live on; the next one ends them.
      if (engine.signalCode !== null) engine = await start();
      await stop(engine, "SIGTERM");
      // An engine mounts its data on itself, and one that was killed leaves that behind.
      await run("umount", [path.join(folder, "data")]).catch(() => undefined);
    },
  };
}

function daemonOptions(folder: string, address: string): string[] {
  const places = { "data-root": `${folder}/data`, "exec-root": `${folder}/exec`, pidfile: `${folder}/docker.pid` };
  const options = { host: address, ...places };
  return Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
}
