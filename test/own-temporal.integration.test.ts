import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { Client, Connection } from "@temporalio/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitFor } from "../base/waits.ts";
import { freePort } from "../base/free-port.ts";
import { startTlsProxy, type TlsProxy } from "./tls-proxy.test-helper.ts";
import { lifeboat, newPlace } from "./whole-drill.test-helper.ts";

const NAMESPACE = "drills";
const KEY = "a-key-of-ours";

let env: NodeJS.ProcessEnv;
let folder: string;
let server: ChildProcess;
let plain: string;
let proxy: TlsProxy;
beforeAll(async () => {
  env = await newPlace("process");
  folder = path.dirname(env["LIFEBOAT_HOME"] ?? "");
  const port = await freePort();
  plain = `127.0.0.1:${port}`;
  const args = ["server", "start-dev", "--headless", "--ip", "127.0.0.1", "--port", `${port}`, "-n", NAMESPACE];
  server = spawn(process.env["LIFEBOAT_TEMPORAL"] ?? "temporal", args, { stdio: "ignore" });
  await connected();
  proxy = await startTlsProxy(folder, plain);
}, 60_000);
afterAll(async () => {
  await lifeboat(env, ["down"]);
  await proxy.close();
  server.kill("SIGKILL");
  if (server.exitCode === null && server.signalCode === null) await once(server, "exit");
  await rm(folder, { recursive: true, force: true });
}, 60_000);

/** The server itself, past the proxy. */
async function connected(): Promise<Client> {
  return waitFor(
    async () => {
      const connection = await Connection.connect({ address: plain, connectTimeout: 1000 });
      await connection.workflowService.describeNamespace({ namespace: NAMESPACE });
      return new Client({ connection, namespace: NAMESPACE });
    },
    { what: "the dev server", timeoutMs: 30_000 },
  );
}

function ownTemporal(): NodeJS.ProcessEnv {
  return {
    ...env,
    TEMPORAL_ADDRESS: proxy.address,
    TEMPORAL_NAMESPACE: NAMESPACE,
    TEMPORAL_API_KEY: KEY,
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: proxy.files.ca,
    TEMPORAL_TLS_CLIENT_CERT_PATH: proxy.files.cert,
    TEMPORAL_TLS_CLIENT_KEY_PATH: proxy.files.key,
  };
}

describe("a Temporal of one's own", () => {
  it("runs the drill in its namespace, over TLS and with the key, for client and worker; none is started", async () => {
    const own = ownTemporal();
    const fixture = await readFile(path.join(import.meta.dirname, "fixtures/small-latency.yaml"), "utf8");
    const file = path.join(folder, "unanswered.yaml");
    await writeFile(file, fixture.replace("timeoutMs: 60000", "timeoutMs: 200"));
    const { code, stdout, stderr } = await lifeboat(own, ["drill", file, "--json", "--keep-up"]);
    expect(code, stdout + stderr).toBe(2);
    const { drillId, ending } = JSON.parse(stdout) as { drillId: string; ending: string };
    expect(ending).toBe("timed-out");

    const client = await connected();
    expect((await client.workflow.getHandle(drillId).describe()).status.name).toBe("COMPLETED");
    await client.connection.close();

    const status = JSON.parse((await lifeboat(own, ["status", "--json"])).stdout) as {
      processes: { name: string; state: string }[];
      temporalUiUrl: string | null;
    };
    expect(status.temporalUiUrl).toBeNull();
    expect(status.processes.map(({ name }) => name)).not.toContain("temporal");
    expect(status.processes.find(({ name }) => name === "worker")?.state).toBe("healthy");

    expect(new Set(proxy.seen.map(({ authorization }) => authorization))).toEqual(new Set([`Bearer ${KEY}`]));
    expect(proxy.seen.every(({ certificate }) => certificate)).toBe(true);
    // The client speaks through Node's gRPC, the worker through the one of its native core.
    expect(new Set(proxy.seen.map(({ agent }) => agent.includes("grpc-node")))).toEqual(new Set([true, false]));
  }, 120_000);

  it.each([
    ["that does not answer", { TEMPORAL_ADDRESS: "127.0.0.1:1" }, 69, "127.0.0.1:1"],
    ["without the namespace", { TEMPORAL_NAMESPACE: "atlantis" }, 69, '"atlantis"'],
    ["without an address", { TEMPORAL_ADDRESS: "", TEMPORAL_PROFILE: "default" }, 64, "TEMPORAL_"],
  ])(
    "%s is refused before anything is started",
    async (_, change, expected, named) => {
      const place = { ...ownTemporal(), LIFEBOAT_HOME: path.join(folder, "other"), ...change };
      const { code, stderr } = await lifeboat(place, ["up"]);
      expect([code, stderr]).toEqual([expected, expect.stringContaining(named)]);
      const status = JSON.parse((await lifeboat(place, ["status", "--json"])).stdout) as {
        processes: { state: string }[];
      };
      expect(new Set(status.processes.map(({ state }) => state))).toEqual(new Set(["stopped"]));
      await lifeboat(place, ["down"]);
    },
    60_000,
  );
});
