import { mkdir } from "node:fs/promises";
import net from "node:net";
import path from "node:path";
import { z } from "zod";
import { readJson, writeFileAtomic } from "../../base/files.ts";
import { temporalAnswers } from "./health.ts";
import type { Service } from "./service.ts";

const portsSchema = z.object({ port: z.int(), uiPort: z.int() });
type TemporalPorts = z.infer<typeof portsSchema>;

/** Whether the user's own Temporal is to be used instead of the embedded one. */
export function usesOwnTemporal(env: NodeJS.ProcessEnv = process.env): boolean {
  return [env["TEMPORAL_ADDRESS"], env["TEMPORAL_PROFILE"]].some((value) => value !== undefined && value !== "");
}

/** Temporal's dev server, file-backed below the home, with the same ports at every start. */
export function temporalService(home: string): Service {
  const folder = path.join(home, "temporal");
  return {
    name: "temporal",
    spec: async () => {
      const { port, uiPort } = await choosePorts(folder);
      const fixed = ["server", "start-dev", "--ip", "127.0.0.1", "--ui-ip", "127.0.0.1", "--log-level", "error"];
      const own = [
        "--port",
        String(port),
        "--ui-port",
        String(uiPort),
        "--db-filename",
        path.join(folder, "temporal.db"),
      ];
      return { name: "temporal", command: process.env["LIFEBOAT_TEMPORAL"] ?? "temporal", args: [...fixed, ...own] };
    },
    foreignUrl: async () => `http://127.0.0.1:${(await choosePorts(folder)).port}`,
    healthy: temporalAnswers,
  };
}

/** The address of the embedded web UI; null before its first start. */
export async function temporalUiUrl(home: string): Promise<string | null> {
  const ports = await readPorts(path.join(home, "temporal"));
  return ports ? `http://127.0.0.1:${ports.uiPort}` : null;
}

async function readPorts(folder: string): Promise<TemporalPorts | undefined> {
  const found = portsSchema.safeParse(await readJson(path.join(folder, "ports.json")).catch(() => undefined));
  return found.success ? found.data : undefined;
}

async function choosePorts(folder: string): Promise<TemporalPorts> {
  const known = await readPorts(folder);
  if (known) return known;
  await mkdir(folder, { recursive: true });
  const chosen = { port: await freePort(), uiPort: await freePort() };
  await writeFileAtomic(path.join(folder, "ports.json"), JSON.stringify(chosen));
  return chosen;
}

async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
