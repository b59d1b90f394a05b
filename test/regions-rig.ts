import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { loadOrCreateCredentials } from "../base/credentials.ts";
import { writeFileAtomic } from "../base/files.ts";
import { freePort } from "../base/free-port.ts";
import { createApiClient, type ApiClient } from "../base/http-client.ts";
import { projectRoot } from "../base/paths.ts";
import { serviceUrl } from "../base/registration.ts";
import { waitFor } from "../base/waits.ts";
import { APP_CONFIG_ENV, type AppConfig } from "../contracts/app.ts";
import { instanceListSchema } from "../contracts/front-door.ts";
import { routingStateSchema, USER_REGION_HEADER, type RoutingChange, type RoutingState } from "../contracts/routing.ts";

const START_WITHIN_MS = 20_000;

/** Regional applications with a cache each behind a front door, as real processes. */
export type RegionsRig<Region extends string> = {
  readonly home: string;
  readonly url: string;
  readonly token: string;
  readonly control: ApiClient;
  readonly ports: Readonly<Record<Region | CacheName<Region>, number>>;
  process(name: string): ChildProcess;
  startApp(region: Region): Promise<void>;
  startCache(region: Region): void;
  startFrontDoor(): Promise<void>;
  put(change: RoutingChange): Promise<RoutingState>;
  state(): Promise<RoutingState>;
  /** A request as a user of a region sends it: `PUT /session/s1`. */
  user(region: string, request: string, body?: unknown): Promise<Response>;
  end(name: string, signal?: NodeJS.Signals): Promise<void>;
  stop(): Promise<void>;
};

type CacheName<Region extends string> = `${Region}-cache`;

type RigOptions<Region extends string> = {
  readonly regions: readonly Region[];
  /** Further arguments of a region's redis-server. */
  readonly redisArgs?: (region: Region, ports: Readonly<Record<string, number>>) => readonly string[];
  readonly originDelayMs?: number;
};

export async function startRegionsRig<Region extends string>(options: RigOptions<Region>): Promise<RegionsRig<Region>> {
  const home = await mkdtemp(path.join(tmpdir(), "lifeboat-app-"));
  const { routing: token } = await loadOrCreateCredentials(home);
  const ports = await portsOf(options.regions);
  const processes = createProcesses();
  const startCache = (region: Region): void => {
    const port = String(ports[`${region}-cache`]);
    const extra = options.redisArgs?.(region, ports) ?? [];
    const argv = ["--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", home, ...extra];
    processes.start(`${region}-cache`, ["redis-server", ...argv]);
  };
  for (const region of options.regions) startCache(region);
  const url = (): Promise<string> => serviceUrl(home, "front-door");
  const control = createApiClient({ url, token, timeoutMs: 5000 });
  const startFrontDoor = async (): Promise<void> => {
    const argv = [process.execPath, path.join(projectRoot, "app/front-door/main.ts")] as const;
    processes.start("front-door", argv, { LIFEBOAT_HOME: home });
    await waitFor(() => control.call({ method: "GET", path: "/routing", answer: routingStateSchema }), {
      what: "the front door",
      timeoutMs: START_WITHIN_MS,
    });
  };
  await startFrontDoor();
  const address = await url();
  const startApp = async (region: Region): Promise<void> => {
    const file = path.join(home, `app-${region}.json`);
    const { regions, originDelayMs = 20 } = options;
    const config = configOf(region, { regions, ports, token, routingUrl: address, originDelayMs });
    await writeFileAtomic(file, JSON.stringify(config));
    const env = { PORT: String(ports[region]), [APP_CONFIG_ENV]: file };
    processes.start(region, [process.execPath, path.join(projectRoot, "app/regional/main.ts")], env);
    await healthy(ports[region]);
    const endpoint = { host: "127.0.0.1", port: ports[region], tls: false };
    const registration = { method: "PUT", path: `/instances/app-${region}`, body: { region, endpoint } } as const;
    await control.call({ ...registration, answer: instanceListSchema });
  };
  await Promise.all(options.regions.map(startApp));
  return {
    home,
    url: address,
    token,
    control,
    ports,
    startApp,
    startCache,
    startFrontDoor,
    end: (name, signal) => processes.end(name, signal),
    process: (name) => processes.get(name),
    put: (change) => control.call({ method: "PUT", path: "/routing", body: change, answer: routingStateSchema }),
    state: () => control.call({ method: "GET", path: "/routing", answer: routingStateSchema }),
    user(region, request, body) {
      const [method = "GET", target = "/"] = request.split(" ");
      return sendAsUser(new URL(target, address), { method, region, body });
    },
    async stop() {
      await processes.endAll();
      await rm(home, { recursive: true, force: true });
    },
  };
}

async function portsOf<Region extends string>(regions: readonly Region[]): Promise<RegionsRig<Region>["ports"]> {
  const ports: Record<string, number> = {};
  for (const region of regions) {
    ports[region] = await freePort();
    ports[`${region}-cache`] = await freePort();
  }
  return ports as RegionsRig<Region>["ports"];
}

type Processes = Pick<RegionsRig<string>, "end"> & {
  start(name: string, argv: readonly [string, ...string[]], env?: Record<string, string>): void;
  get(name: string): ChildProcess;
  endAll(): Promise<void>;
};

function createProcesses(): Processes {
  const processes = new Map<string, ChildProcess>();
  const end = async (name: string, signal: NodeJS.Signals = "SIGKILL"): Promise<void> => {
    const child = processes.get(name);
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await gone;
  };
  return {
    end,
    start(name, [command, ...rest], env = {}) {
      const stdio = ["ignore", "ignore", process.env["RIG_LOG"] ? "inherit" : "ignore"] as const;
      processes.set(name, spawn(command, rest, { stdio: [...stdio], env: { ...process.env, ...env } }));
    },
    get(name) {
      const found = processes.get(name);
      if (!found) throw new Error(`no process ${name}`);
      return found;
    },
    async endAll() {
      await Promise.all([...processes.keys()].map((name) => end(name)));
    },
  };
}

type UserRequest = { readonly method: string; readonly region: string; readonly body: unknown };

function sendAsUser(url: URL, { method, region, body }: UserRequest): Promise<Response> {
  const headers: Record<string, string> = { [USER_REGION_HEADER]: region };
  if (body !== undefined) headers["content-type"] = "application/json";
  return fetch(url, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(5000),
  });
}

type ConfigParts<Region extends string> = {
  readonly regions: readonly Region[];
  readonly ports: RegionsRig<Region>["ports"];
  readonly token: string;
  readonly routingUrl: string;
  readonly originDelayMs: number;
};

/** Every application may use every cache; which one it does is said by the routing table. */
function configOf<Region extends string>(region: Region, parts: ConfigParts<Region>): AppConfig {
  const accesses = parts.regions.map((at) => {
    const endpoint = { host: "127.0.0.1", port: parts.ports[`${at}-cache`], tls: false };
    return [`${at}-cache`, { endpoint, username: "default", password: "" }] as const;
  });
  return {
    region,
    name: `app-${region}`,
    caches: Object.fromEntries(accesses),
    routingUrl: parts.routingUrl,
    routingToken: parts.token,
    originDelayMs: parts.originDelayMs,
  };
}

async function healthy(port: number): Promise<void> {
  const answers = async (): Promise<boolean> => (await fetch(`http://127.0.0.1:${port}/health`)).ok;
  await waitFor(answers, { what: `an application on port ${port}`, timeoutMs: START_WITHIN_MS });
}
