import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { createConnection, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import path from "node:path";
import { freePort } from "../../base/free-port.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Redis } from "ioredis";
import { elapsedMs, stamp } from "../../base/clocks.ts";
import { readRegistration } from "../../base/registration.ts";
import { isAlive } from "../../base/processes.ts";
import { waitFor } from "../../base/waits.ts";
import { linkSchema, type Link } from "../../contracts/network.ts";
import { startKeeperGuard } from "../../base/keeper-guard.ts";
import { createTestHome, endNow, renew, type TestHome } from "./test-lab.ts";

let lab: TestHome;
let echo: Server;
beforeEach(async () => {
  lab = await createTestHome();
  echo = createServer((socket) => socket.pipe(socket).on("error", () => {}));
  await new Promise<void>((resolve) => echo.listen(0, "127.0.0.1", resolve));
  await lab.start("network");
});
afterEach(async () => {
  await lab.end();
  echo.close();
});

async function link(from: string, to: string): Promise<Link> {
  const { port } = echo.address() as AddressInfo;
  const target = { host: "127.0.0.1", port, tls: false };
  const body = { id: `${from}.${to}`, from, to, path: "clients", target, baseLatencyMs: 0 };
  return lab.network.call({ method: "PUT", path: `/links/${body.id}`, body, answer: linkSchema });
}

function answersOf(to: Link): { socket: Socket; text: () => string } {
  const socket = createConnection(to.endpoint.port, "127.0.0.1");
  let text = "";
  socket.on("data", (chunk) => (text += chunk.toString())).on("error", () => {});
  return { socket, text: () => text };
}

describe("a link fault", () => {
  it("holds bytes until it is lifted and then delivers them", async () => {
    await lab.start("keeper");
    const client = answersOf(await link("edge", "eu"));
    const record = await lab.inject("p1", { kind: "link-partition", from: "edge", to: "eu", path: "all" });
    expect(record).toMatchObject({ state: "active", detail: "links: edge.eu" });
    client.socket.write("held");
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(client.text()).toBe("");
    expect((await lab.lift("p1")).state).toBe("lifted");
    await waitFor(() => client.text() === "held", { what: "the bytes", timeoutMs: 2000, intervalMs: 5 });
    client.socket.destroy();
  });

  it("holds beyond its first lease while it is renewed", async () => {
    await lab.start("keeper");
    const to = await link("edge", "eu");
    await lab.inject("p1", { kind: "link-partition", from: "edge", to: "eu", path: "all" }, { leaseMs: 600 });
    for (let round = 0; round < 5; round += 1) {
      await new Promise((resolve) => setTimeout(resolve, 250));
      await renew(lab.keeper, "p1");
    }
    const { conditions } = await lab.network.call({ method: "GET", path: `/links/${to.id}`, answer: linkSchema });
    expect(conditions).toHaveLength(1);
  });

  it("is gone soon after its lease when the keeper was killed", async () => {
    const keeper = await lab.start("keeper");
    const client = answersOf(await link("edge", "eu"));
    await lab.inject("p1", { kind: "link-partition", from: "edge", to: "eu", path: "all" }, { leaseMs: 1000 });
    endNow(keeper);
    client.socket.write("late");
    await waitFor(() => client.text() === "late", { what: "the bytes", timeoutMs: 2500, intervalMs: 5 });
    client.socket.destroy();
  });

  it("isolates a region from every other place but not from itself", async () => {
    await lab.start("keeper");
    const [inside, outside] = [answersOf(await link("eu", "eu")), answersOf(await link("us", "eu"))];
    await lab.inject("i1", { kind: "region-outage", region: "eu", mode: "isolate" });
    inside.socket.write("in");
    outside.socket.write("out");
    await waitFor(() => inside.text() === "in", { what: "the bytes inside", timeoutMs: 2000, intervalMs: 5 });
    expect(outside.text()).toBe("");
    await lab.lift("i1");
    await waitFor(() => outside.text() === "out", { what: "the bytes from outside", timeoutMs: 2000, intervalMs: 5 });
    inside.socket.destroy();
    outside.socket.destroy();
  });
});

describe("memory pressure", () => {
  const pressure = { kind: "memory-pressure", cache: "c1", fillRatio: 0.9 } as const;
  let redis: Redis;
  beforeEach(async () => {
    const port = await freePort();
    const argv = ["--port", String(port), "--dir", lab.home, "--save", "", "--maxmemory", "20mb"];
    lab.own(spawn("redis-server", argv, { stdio: "ignore" }));
    redis = new Redis({ port, retryStrategy: () => 50 });
    redis.on("error", () => {});
    await redis.set("kept", "1");
    lab.caches.push({
      cache: "c1",
      region: "eu",
      resourceId: "/c1",
      host: "process",
      role: "standalone",
      running: true,
      direct: { host: "127.0.0.1", port, tls: false },
      adminUsername: "default",
      adminPassword: "",
      maxmemoryBytes: 20 * 1024 * 1024,
    });
  });
  afterEach(() => redis.disconnect());

  it("fills the cache with its own keys and takes exactly those away", async () => {
    await lab.start("keeper");
    await lab.inject("m1", pressure);
    const used = Number(/used_memory:(\d+)/.exec(await redis.info("memory"))?.[1]);
    expect(used).toBeGreaterThanOrEqual(0.9 * 20 * 1024 * 1024);
    expect((await lab.lift("m1")).state).toBe("lifted");
    expect(await redis.keys("*")).toEqual(["kept"]);
  });

  it("is gone within its lease and a second when the keeper was killed and nobody starts it again", async () => {
    const keeper = await lab.start("keeper");
    const { leaseEndsAt } = await lab.inject("m1", pressure, { leaseMs: 3000 });
    endNow(keeper);
    expect(await redis.dbsize()).toBeGreaterThan(1);
    await waitFor(async () => (await redis.dbsize()) === 1, {
      what: "the keys to go",
      timeoutMs: 6000,
      intervalMs: 10,
    });
    expect(elapsedMs(leaseEndsAt, stamp())).toBeLessThan(1000);
  });

  it("on a secondary, which takes no keys, is refused and leaves nothing to be undone", async () => {
    await lab.start("keeper");
    await redis.replicaof("127.0.0.1", 9);
    const record = await lab.inject("m1", pressure);
    expect(record).toMatchObject({
      state: "failed",
      detail: "not injected: cache c1 is a secondary and takes no keys but its primary's",
    });
    expect(record.lifted).not.toBeNull();
  });
});

describe("the keeper's guard", () => {
  it("starts one keeper when keeper and supervisor are dead although the home is up", async () => {
    await writeFile(path.join(lab.home, "up"), "");
    const guards = [1, 2, 3].map(() => startKeeperGuard({ home: lab.home }));
    const keeper = await waitFor(
      async () => {
        const found = await readRegistration(lab.home, "keeper");
        return found && isAlive(found) && found;
      },
      { what: "a keeper", timeoutMs: 15_000 },
    );
    await Promise.all(guards.map((guard) => guard.stop()));
    expect((await readRegistration(lab.home, "keeper"))?.pid).toBe(keeper.pid);
    endNow(keeper);
  });
});
