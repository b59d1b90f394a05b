import { existsSync } from "node:fs";
import { request } from "node:http";
import { homedir } from "node:os";
import path from "node:path";
import type { ContainerRuntimeClient } from "testcontainers";
import { LifeboatError, messageOf } from "../../base/errors.ts";
import { withTimeout } from "../../base/waits.ts";

/** A Docker engine that answered, as testcontainers hands it out. */
export type Engine = ContainerRuntimeClient;

const PING_TIMEOUT_MS = 3000;
const FIND_TIMEOUT_MS = 5000;
const CALL_TIMEOUT_MS = 10_000;

/** The engine that the docker command line would use, in bounded time. @throws TOOL_MISSING when none answers */
export async function findEngine(): Promise<Engine> {
  const socket = engineSocket();
  if (socket === undefined) throw noEngine("there is no socket of one on this machine");
  if (!(await answersPing(socket))) throw noEngine(`${socket} is silent`);
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
 * One question to the engine, bounded. What it refuses with is `statusOf` the error.
 * @throws TOOL_MISSING when no engine answers; UNAVAILABLE when it is too slow or refuses
 */
export async function askEngine<T>(what: string, question: (engine: Engine) => Promise<T>): Promise<T> {
  const engine = await findEngine();
  try {
    return await withTimeout(question(engine), CALL_TIMEOUT_MS, "the answer");
  } catch (error) {
    const message = `the Docker engine was asked for ${what}: ${messageOf(error)}`;
    throw new LifeboatError("UNAVAILABLE", message, { cause: error });
  }
}

/** The HTTP status with which the engine refused; undefined when it did not answer. */
export function statusOf(error: unknown): number | undefined {
  return (error as { cause?: { statusCode?: number } }).cause?.statusCode;
}

function noEngine(why: string): LifeboatError {
  return new LifeboatError("TOOL_MISSING", `no Docker engine answers: ${why}`, {
    hint: "start one, or set LIFEBOAT_HOST=process",
  });
}

/** The socket at which an engine of this machine would answer; undefined when there never was one. */
export function engineSocket(): string | undefined {
  const told = process.env["DOCKER_HOST"];
  if (told) return told.startsWith("unix://") ? told.slice("unix://".length) : undefined;
  const rootless = process.env["XDG_RUNTIME_DIR"];
  const sockets = [
    "/var/run/docker.sock",
    ...(rootless ? [path.join(rootless, "docker.sock")] : []),
    path.join(homedir(), ".docker/run/docker.sock"),
  ];
  return sockets.find((socket) => existsSync(socket));
}

/** Asks by itself first: an engine that accepts and stays silent would keep testcontainers waiting for ever. */
function answersPing(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({ socketPath, path: "/_ping", timeout: PING_TIMEOUT_MS }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asked.on("timeout", () => asked.destroy()).on("error", () => resolve(false));
    asked.end();
  });
}
