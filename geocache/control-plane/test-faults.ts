import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { Agent, fetch, type Response } from "undici";
import type { RegionMember } from "../../contracts/lab.ts";
import { caFile } from "./certificates.ts";
import { eventually, type World } from "./test-world.ts";

const API_VERSION = "2024-11-01";

export type ArmRequest = {
  readonly body?: unknown;
  /** A body as it stands, in place of `body`. */
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly version?: string;
};

const agents = new WeakMap<World, Agent>();

/** One plain request to the ARM endpoint, for what the official client hides. */
export async function fetchArm(
  world: World,
  method: string,
  target: string,
  request: ArmRequest = {},
): Promise<Response> {
  const { body, version = API_VERSION } = request;
  const text = request.text ?? (body === undefined ? undefined : JSON.stringify(body));
  const dispatcher = agents.get(world) ?? new Agent({ connect: { ca: await readFile(caFile(world.home), "utf8") } });
  agents.set(world, dispatcher);
  return await fetch(`${world.armUrl}${target}${version === "" ? "" : `?api-version=${version}`}`, {
    method,
    dispatcher,
    headers: { authorization: "Bearer arm-token", "content-type": "application/json", ...request.headers },
    ...(text === undefined ? {} : { body: text }),
    signal: AbortSignal.timeout(20_000),
  });
}

async function memberOf(world: Pick<World, "lab">, cache: string): Promise<RegionMember | undefined> {
  const { members: west } = (await world.lab("GET", "/lab/regions/west/members")) as { members: RegionMember[] };
  const { members: east } = (await world.lab("GET", "/lab/regions/east/members")) as { members: RegionMember[] };
  return [...west, ...east].find((member) => member.name === cache);
}

export async function isRunning(world: World, cache: string): Promise<boolean> {
  return (await memberOf(world, cache)) !== undefined;
}

/** Stops a cache without ending it, as a region that hangs does. */
export async function freeze(world: Pick<World, "lab">, cache: string): Promise<{ thaw(): Promise<void> }> {
  const member = await memberOf(world, cache);
  if (member === undefined) throw new Error(`cache ${cache} does not run`);
  if (member.host === "container") {
    execFileSync("docker", ["pause", member.containerId]);
    return { thaw: async () => void execFileSync("docker", ["unpause", member.containerId]) };
  }
  process.kill(member.pid, "SIGSTOP");
  return { thaw: async () => void process.kill(member.pid, "SIGCONT") };
}

/** Freezes the cache or ends it; a dead one is not brought back by `thaw`. */
export async function strike(world: World, cache: string, fate: "frozen" | "dead"): Promise<{ thaw(): Promise<void> }> {
  if (fate === "frozen") return await freeze(world, cache);
  await (await world.admin(cache)).shutdown("NOSAVE").catch(() => undefined);
  await eventually("it to be dead", async () => !(await isRunning(world, cache)));
  return { thaw: () => Promise.resolve() };
}

/** What redis itself says of its role: master or slave. */
export async function roleOf(world: World, cache: string): Promise<unknown> {
  return ((await (await world.admin(cache)).role()) as unknown[])[0];
}

/** The error by which a request was refused; empty when it was not. */
export async function refusedBy(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => "",
    (error: Error) => error.message,
  );
}
