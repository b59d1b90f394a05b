import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { StreamSpec } from "../../contracts/observer.ts";
import { freePort } from "../../base/free-port.ts";
import { endAllProcesses, redisClient, startRedis } from "../test-support/servers.ts";
import { createCacheProber } from "./cache-prober.ts";
import type { Prober } from "./prober.ts";
import { createServiceProber } from "./service-prober.ts";

let folder = "";
/** Somebody else's service: node's own server, with its own ways of answering. */
let foreign: Server;
let origin = "";
const asked: Pick<IncomingMessage, "method" | "url" | "headers">[] = [];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "lifeboat-probers-"));
  foreign = createServer((request, response) => {
    asked.push(request);
    const status = Number(/\/status\/(\d+)/.exec(request.url ?? "")?.[1] ?? 200);
    response.writeHead(status, status === 302 ? { location: "/elsewhere" } : {});
    if (status !== 204) response.write("in ");
    response.end(status === 204 ? undefined : "chunks");
  }).listen(0, "127.0.0.1");
  await once(foreign, "listening");
  origin = `http://127.0.0.1:${(foreign.address() as AddressInfo).port}`;
});
afterAll(async () => {
  foreign.close();
  await endAllProcesses();
  await rm(folder, { recursive: true, force: true });
});

const sent = (prober: Prober, n: number): Promise<string> => new Promise((resolve) => prober.send(n, resolve));

function serviceProber(url: string, method: "GET" | "PUT" | "POST" = "GET"): Prober {
  return createServiceProber({ kind: "service", url, method, headers: { "x-team": "blue" } }, 2000);
}

describe("a probe of a service", () => {
  it("asks any URL, with its number, method and headers, one after the other over one connection", async () => {
    const prober = serviceProber(`${origin}/shop/{n}?of=us`, "POST");
    for (const n of [7, 8]) expect(await sent(prober, n)).toBe("ok");
    expect(asked.map(({ method, url }) => [method, url])).toEqual([
      ["POST", "/shop/7?of=us"],
      ["POST", "/shop/8?of=us"],
    ]);
    expect(asked[0]?.headers).toMatchObject({ "x-team": "blue", host: new URL(origin).host, "content-length": "0" });
    await prober.close();
  });

  it.each([
    [200, "ok"],
    [204, "ok"],
    [302, "refused"],
    [404, "refused"],
    [503, "refused"],
  ])("takes status %i for %s", async (status, outcome) => {
    const prober = serviceProber(`${origin}/status/${status}`);
    expect(await sent(prober, 1)).toBe(outcome);
    expect(await sent(prober, 2)).toBe(outcome);
    await prober.close();
  });

  it("is an error where nobody listens", async () => {
    const prober = serviceProber(`http://127.0.0.1:${await freePort()}/`);
    expect(await sent(prober, 1)).toBe("error");
    await prober.close();
  });
});

describe("a probe of a cache", () => {
  it("is refused, and does not hang, when the cache does not accept its password", async () => {
    const { port } = await startRedis(folder);
    const redis = redisClient(port);
    await redis.connect();
    await redis.call("ACL", "SETUSER", "prober", "on", ">right", "+get", "+set", "~*");
    await redis.call("ACL", "SETUSER", "default", "off");
    redis.disconnect();
    const endpoint = { host: "127.0.0.1", port, tls: false };
    const outcomes = ["wrong", "right"].map(async (password) => {
      const target = { kind: "cache", cache: "c1", endpoint, username: "prober", password } as const;
      const spec: StreamSpec = { name: "c1", region: "north", op: "write", target, intervalMs: 10, timeoutMs: 1000 };
      const prober = createCacheProber(spec, target);
      const outcome = await sent(prober, 1);
      await prober.close();
      return outcome;
    });
    expect(await Promise.all(outcomes)).toEqual(["refused", "ok"]);
  });
});
