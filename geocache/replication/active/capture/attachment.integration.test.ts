import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, it } from "vitest";
import { freePort } from "../../../../base/free-port.ts";
import { attach } from "./attachment.ts";

const password = "secret";
let folder: string;
let port: number;
let server: ChildProcess;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "lifeboat-attach-"));
  port = await freePort();
  const args = ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--dir", folder];
  server = spawn("redis-server", [...args, "--requirepass", password, "--repl-diskless-sync-delay", "0"], {
    stdio: "ignore",
  });
  const client = new Redis({ port, password, maxRetriesPerRequest: null });
  client.on("error", () => undefined);
  await client.ping();
  client.disconnect();
}, 30_000);
afterAll(async () => {
  server.kill("SIGKILL");
  await once(server, "exit");
  await rm(folder, { recursive: true, force: true });
});

it("a position that is acknowledged while the attachment is still being made does not end it", async () => {
  const attached = Promise.withResolvers<string>();
  const attachment = attach(
    { endpoint: { host: "127.0.0.1", port, tls: false }, username: "default", password },
    undefined,
    {
      onAttached: (_position, kind) => attached.resolve(kind),
      onCommand: () => undefined,
      onClosed: (reason) => attached.reject(new Error(reason)),
    },
  );
  attachment.acknowledge(0);
  await expect(attached.promise).resolves.toBe("gap");
  attachment.close();
}, 30_000);
