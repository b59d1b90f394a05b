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
import {
  routingStateSchema,
  USER_REGION_HEADER,
  type RoutingChange,
  type RoutingState,
  type RoutingTable,
} from "../contracts/routing.ts";

const START_WITHIN_MS = 20_000;

/** Two regions over a passive pair, as real processes: west with the primary, east with its read-only replica. */
export type AppRig = {
  readonly home: string;
  readonly url: string;
  readonly token: string;
  readonly control: ApiClient;
  readonly ports: Readonly<Record<"west" | "east" | "west-cache" | "east-cache", number>>;
  process(name: string): ChildProcess;
  startApp(region: "west" | "east"): Promise<void>;
  startFrontDoor(): Promise<void>;
  route(version: number, servedBy: "west" | "east", fencingToken?: number): Promise<RoutingState>;
  state(): Promise<RoutingState>;
  /** A request as a user of a region sends it: `PUT /session/s1`. */
  user(region: string, request: string, body?: unknown): Promise<Response>;
  end(name: string, signal?: NodeJS.Signals): Promise<void>;
  stop(): Promise<void>;
};

/** Everybody is served by one region; the other one is outside the table. */
export function tableServedBy(region: "west" | "east"): RoutingTable {
  return { users: { west: region, east: region }, caches: { [region]: `${region}-cache` } };
}

export async function startAppRig(originDelayMs = 20): Promise<AppRig> {
  const home = await mkdtemp(path.join(tmpdir(), "lifeboat-app-"));
  const { routing: token } = await loadOrCreateCredentials(home);
  const ports = {
    west: await freePort(),
    east: await freePort(),
    "west-cache": await freePort(),
    "east-cache": await freePort(),
  };
  const processes = new Map<string, ChildProcess>();
  const start = (name: string, argv: readonly [string, ...string[]], env: Record<string, string> = {}): void => {
    const [command, ...rest] = argv;
    const stdio = ["ignore", "ignore", process.env["RIG_LOG"] ? "inherit" : "ignore"] as const;
    processes.set(name, spawn(command, rest, { stdio: [...stdio], env: { ...process.env, ...env } }));
  };
  const startRedis = (name: "west-cache" | "east-cache", extra: readonly string[]): void =>
    start(name, [
      "redis-server",
      "--port",
      String(ports[name]),
      "--bind",
      "127.0.0.1",
      "--save",
      "",
      "--dir",
      home,
      ...extra,
    ]);
  startRedis("west-cache", []);
  startRedis("east-cache", ["--replicaof", "127.0.0.1", String(ports["west-cache"])]);
  const url = (): Promise<string> => serviceUrl(home, "front-door");
  const control = createApiClient({ url, token, timeoutMs: 5000 });
  const startFrontDoor = async (): Promise<void> => {
    start("front-door", [process.execPath, path.join(projectRoot, "app/front-door/main.ts")], { LIFEBOAT_HOME: home });
    await waitFor(() => control.call({ method: "GET", path: "/routing", answer: routingStateSchema }), {
      what: "the front door",
      timeoutMs: START_WITHIN_MS,
    });
  };
  await startFrontDoor();
  const address = await url();
  const startApp = async (region: "west" | "east"): Promise<void> => {
    const file = path.join(home, `app-${region}.json`);
    await writeFileAtomic(file, JSON.stringify(configOf(region, { ports, token, routingUrl: address, originDelayMs })));
    const env = { PORT: String(ports[region]), [APP_CONFIG_ENV]: file };
    start(region, [process.execPath, path.join(projectRoot, "app/regional/main.ts")], env);
    await healthy(ports[region]);
    const endpoint = { host: "127.0.0.1", port: ports[region], tls: false };
    const registration = { method: "PUT", path: `/instances/app-${region}`, body: { region, endpoint } } as const;
    await control.call({ ...registration, answer: instanceListSchema });
  };
  await Promise.all([startApp("west"), startApp("east")]);
  const end = async (name: string, signal: NodeJS.Signals = "SIGKILL"): Promise<void> => {
    const child = processes.get(name);
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await gone;
  };
  return {
    home,
    url: address,
    token,
    control,
    ports,
    startApp,
    startFrontDoor,
    end,
    process(name) {
      const found = processes.get(name);
      if (!found) throw new Error(`no process ${name}`);
      return found;
    },
    route: (version, servedBy, fencingToken = 1) =>
      put(control, { version, fencingToken, table: tableServedBy(servedBy) }),
    state: () => control.call({ method: "GET", path: "/routing", answer: routingStateSchema }),
    user: (region, request, body) =>
      sendAsUser(new URL(request.split(" ")[1] ?? "/", address), {
        method: request.split(" ")[0] ?? "GET",
        region,
        body,
      }),
    async stop() {
      await Promise.all([...processes.keys()].map((name) => end(name)));
      await rm(home, { recursive: true, force: true });
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

function put(control: ApiClient, change: RoutingChange): Promise<RoutingState> {
  return control.call({ method: "PUT", path: "/routing", body: change, answer: routingStateSchema });
}

type ConfigParts = {
  readonly ports: AppRig["ports"];
  readonly token: string;
  readonly routingUrl: string;
  readonly originDelayMs: number;
};

function configOf(region: "west" | "east", parts: ConfigParts): AppConfig {
  const access = (cache: "west-cache" | "east-cache"): AppConfig["caches"][string] => ({
    endpoint: { host: "127.0.0.1", port: parts.ports[cache], tls: false },
    username: "default",
    password: "",
  });
  return {
    region,
    name: `app-${region}`,
    caches: { "west-cache": access("west-cache"), "east-cache": access("east-cache") },
    routingUrl: parts.routingUrl,
    routingToken: parts.token,
    originDelayMs: parts.originDelayMs,
  };
}

async function healthy(port: number): Promise<void> {
  const answers = async (): Promise<boolean> => (await fetch(`http://127.0.0.1:${port}/health`)).ok;
  await waitFor(answers, { what: `an application on port ${port}`, timeoutMs: START_WITHIN_MS });
}
