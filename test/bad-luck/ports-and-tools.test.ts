import { mkdir, symlink } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serviceUrl } from "../../base/registration.ts";
import { waitFor } from "../../base/waits.ts";
import { requireTool } from "../../cli/doctor/needed-tools.ts";
import { listenOnPort } from "../../geocache/network/ports.ts";
import { lifeboat } from "../whole-drill.test-helper.ts";
import { createStack, kill, type Stack } from "./stack.test-helper.ts";

const scenario = path.join(import.meta.dirname, "..", "fixtures", "small-outage.yaml");

let stack: Stack;
beforeAll(async () => {
  stack = await createStack();
});
afterAll(() => stack.end(), 60_000);

/** A client that keeps calling may hold the port for a moment after its listener was killed. */
async function take(url: string): Promise<Server> {
  const server = createServer();
  const port = Number(new URL(url).port);
  await waitFor(() => listenOnPort(server, "127.0.0.1", port), { what: `port ${port} to be free`, timeoutMs: 5000 });
  return server;
}

describe("a port taken by another program", { timeout: 240_000 }, () => {
  it("after a crash, or Temporal's between two runs: another one is chosen, and everything is up", async () => {
    await stack.run("up");
    const [observer, temporal] = await Promise.all([
      serviceUrl(stack.home, "observer"),
      serviceUrl(stack.home, "temporal"),
    ]);
    await kill(await stack.find("supervisor"));
    await kill(await stack.find("observer"));
    const other = await take(observer);
    await stack.run("up");
    expect(await serviceUrl(stack.home, "observer")).not.toBe(observer);
    other.close();

    await stack.run("down");
    const another = await take(temporal);
    await stack.run("up");
    expect(await serviceUrl(stack.home, "temporal")).not.toBe(temporal);
    another.close();
    await stack.run("down");
  });
});

describe("a missing tool", { timeout: 120_000 }, () => {
  const helps = [
    ["temporal", ["up"], "go install github.com/temporalio/cli/cmd/temporal@"],
    ["k6", ["drill", scenario], "go install go.k6.io/k6@"],
    ["redis-server", ["drill", scenario], "apt-get install redis-server"],
  ] as const;

  it.each(helps)(
    "%s is named with the one command that helps, and nothing is left running",
    async (name, args, help) => {
      const { code, stderr } = await lifeboat(await environmentWithout(name), args);
      expect(code, stderr).toBe(69);
      expect(stderr).toContain(`${name} is missing`);
      expect(stderr).toContain(`what would help: ${help}`);
      expect(stack.everything()).toEqual([]);
    },
  );
});

/** A PATH and a cache that have everything but one tool. */
async function environmentWithout(missing: string): Promise<NodeJS.ProcessEnv> {
  const folder = path.join(stack.folder, `without-${missing}`);
  await mkdir(folder);
  const env = { ...stack.env, PATH: folder, XDG_CACHE_HOME: folder };
  const variables = {
    temporal: "LIFEBOAT_TEMPORAL",
    k6: "LIFEBOAT_K6",
    "redis-server": "LIFEBOAT_REDIS_SERVER",
  } as const;
  for (const [name, variable] of Object.entries(variables)) {
    delete (env as NodeJS.ProcessEnv)[variable];
    if (name !== missing) await symlink(await requireTool(name as keyof typeof variables), path.join(folder, name));
  }
  return env;
}
