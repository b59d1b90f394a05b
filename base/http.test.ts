import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { LifeboatError } from "./errors.ts";
import { createApiClient } from "./http-client.ts";
import { createApi, parseInput, serveRegistered } from "./http-server.ts";
import { identityOf } from "./processes.ts";
import { register, serviceUrl } from "./registration.ts";

describe("an API of ours", () => {
  let home: string;
  let api: ReturnType<typeof createApi>;

  beforeEach(async () => {
    home = await mkdtemp(path.join(tmpdir(), "lifeboat-http-"));
    api = createApi({ token: "right" });
    api.post("/echo", (request) => parseInput(z.strictObject({ n: z.number() }), request.body));
    api.get("/broken", () => {
      throw new LifeboatError("STALE_TOKEN", "too old", { field: "fencingToken", hint: "none" });
    });
    await serveRegistered(api, { home, name: "echo" });
  });

  afterEach(async () => {
    await api.close();
    await rm(home, { recursive: true });
  });

  const client = (token = "right") => createApiClient({ url: () => serviceUrl(home, "echo"), token });

  it("answers its holder, found by registration", async () => {
    const answer = await client().call({
      method: "POST",
      path: "/echo",
      body: { n: 1 },
      answer: z.object({ n: z.number() }),
    });
    expect(answer).toEqual({ n: 1 });
  });

  it("refuses an unknown token, but not on /health", async () => {
    await expect(client("wrong").call({ method: "GET", path: "/broken", answer: z.unknown() })).rejects.toMatchObject({
      code: "UNAUTHORISED",
    });
    const health = await fetch(new URL("/health", await serviceUrl(home, "echo")));
    expect(health.status).toBe(200);
  });

  it("names the offending field of bad input", async () => {
    await expect(
      client().call({ method: "POST", path: "/echo", body: { n: "one" }, answer: z.unknown() }),
    ).rejects.toMatchObject({ code: "BAD_INPUT", field: "n" });
  });

  it("gives its caller the same error that it threw", async () => {
    await expect(client().call({ method: "GET", path: "/broken", answer: z.unknown() })).rejects.toMatchObject({
      code: "STALE_TOKEN",
      message: "too old",
      field: "fencingToken",
      hint: "none",
    });
  });

  it("keeps its port over a restart", async () => {
    const before = await serviceUrl(home, "echo");
    await api.close();
    api = createApi({ token: "right" });
    await serveRegistered(api, { home, name: "echo" });
    expect(await serviceUrl(home, "echo")).toBe(before);
  });

  it("takes another port when another program has taken its own", async () => {
    const former = await serviceUrl(home, "echo");
    await api.close();
    // What is left of a crash: an address that is registered, by a process that is gone.
    await register(home, { name: "echo", pid: 2 ** 22, startedAt: "1", url: former, logFile: null });
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(Number(new URL(former).port), "127.0.0.1", resolve));
    api = createApi({ token: "right" });
    await serveRegistered(api, { home, name: "echo" });
    const now = await serviceUrl(home, "echo");
    expect(now).not.toBe(former);
    expect((await fetch(new URL("/health", now))).status).toBe(200);
    await new Promise((resolve) => other.close(resolve));
  });

  it("does not serve beside a live process of its name", async () => {
    const child = spawn("sleep", ["60"]);
    await once(child, "spawn");
    const alive = identityOf(child.pid ?? 0);
    await register(home, { name: "twin", pid: 0, startedAt: "", ...alive, url: "http://127.0.0.1:9", logFile: null });
    const twin = createApi({ token: "right" });
    await expect(serveRegistered(twin, { home, name: "twin" })).rejects.toMatchObject({ code: "CONFLICT" });
    child.kill("SIGKILL");
    await twin.close();
  });

  it("that is not running is reported as unavailable with the command that helps", async () => {
    await expect(serviceUrl(home, "nobody")).rejects.toMatchObject({ code: "UNAVAILABLE", hint: "bin/lifeboat up" });
  });
});
