import { existsSync } from "node:fs";
import { connect } from "node:net";
import { homedir } from "node:os";
import path from "node:path";
import type { ContainerRuntimeClient } from "testcontainers";
import { LifeboatError, messageOf } from "../../base/errors.ts";
import { withTimeout } from "../../base/waits.ts";

/** A Docker engine that answered, as testcontainers hands it out. */
export type Engine = ContainerRuntimeClient;

const ACCEPT_TIMEOUT_MS = 1000;
const FIND_TIMEOUT_MS = 5000;
const CALL_TIMEOUT_MS = 10_000;

/** The engine that the docker command line would use, in bounded time. @throws UNAVAILABLE when none answers */
export async function findEngine(): Promise<Engine> {
  const address = engineAddress();
  if (address === undefined) throw noEngine("there is no socket of one");
  // testcontainers would turn to another engine when the one that DOCKER_HOST names is dead.
  if (!(await accepts(address))) throw noEngine(`nothing accepts connections at ${address}`);
  // A killed process must not take the estate with it: nothing but Lifeboat removes these containers.
  process.env["TESTCONTAINERS_RYUK_DISABLED"] = "true";
  const { getContainerRuntimeClient } = await import("testcontainers");
  try {
    return await withTimeout(getContainerRuntimeClient(), FIND_TIMEOUT_MS, "the Docker engine");
  } catch (error) {
    throw noEngine(messageOf(error));
  }
}

/**
 * One question to the engine, bounded.
 * @throws UNAVAILABLE when it does not answer; what it answered otherwise, with its `statusCode`
 */
export async function askEngine<T>(what: string, question: (engine: Engine) => Promise<T>): Promise<T> {
  const engine = await findEngine();
  try {
    return await withTimeout(question(engine), CALL_TIMEOUT_MS, `the Docker engine, asked for ${what},`);
  } catch (error) {
    if (statusOf(error) !== undefined) throw error;
    throw new LifeboatError("UNAVAILABLE", `the Docker engine did not answer for ${what}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** What the engine refused with; undefined when it did not answer at all. */
export function statusOf(error: unknown): number | undefined {
  return (error as { statusCode?: number }).statusCode;
}

function noEngine(why: string): LifeboatError {
  return new LifeboatError("UNAVAILABLE", `no Docker engine answers: ${why}`, {
    hint: "start one, or set LIFEBOAT_HOST=process",
  });
}

/** `unix://…` or `tcp://…`; undefined when no engine was ever here. */
export function engineAddress(): string | undefined {
  const told = process.env["DOCKER_HOST"];
  if (told) return told;
  const rootless = process.env["XDG_RUNTIME_DIR"];
  const sockets = [
    "/var/run/docker.sock",
    ...(rootless ? [path.join(rootless, "docker.sock")] : []),
    path.join(homedir(), ".docker/run/docker.sock"),
  ];
  const found = sockets.find((socket) => existsSync(socket));
  return found === undefined ? undefined : `unix://${found}`;
}

async function accepts(address: string): Promise<boolean> {
  const { protocol, pathname, hostname, port } = new URL(address);
  const target = protocol === "unix:" ? { path: pathname } : { host: hostname, port: Number(port) };
  const socket = connect(target);
  const accepted = new Promise<boolean>((resolve) => {
    socket.once("connect", () => resolve(true)).on("error", () => resolve(false));
  });
  try {
    return await withTimeout(accepted, ACCEPT_TIMEOUT_MS, "connecting");
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
