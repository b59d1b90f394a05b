import { mkdir } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { readJson, writeFileAtomic } from "../../base/files.ts";
import { freePort } from "../../base/free-port.ts";
import { requireTool } from "../doctor/needed-tools.ts";
import { temporalAnswers } from "./health.ts";
import type { Service } from "./service.ts";

const portsSchema = z.object({ port: z.int(), uiPort: z.int() });
type TemporalPorts = z.infer<typeof portsSchema>;

/** Temporal's dev server, file-backed below the home, with the same ports at every start while they are free. */
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
      return { name: "temporal", command: await requireTool("temporal"), args: [...fixed, ...own] };
    },
    foreignUrl: async () => `http://127.0.0.1:${(await readPorts(folder))?.port}`,
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

/** The ports of the last start; others in place of those that another program has taken since. */
async function choosePorts(folder: string): Promise<TemporalPorts> {
  const known = await readPorts(folder);
  const chosen = { port: await freePort(known?.port), uiPort: await freePort(known?.uiPort) };
  if (chosen.port === known?.port && chosen.uiPort === known.uiPort) return known;
  await mkdir(folder, { recursive: true });
  await writeFileAtomic(path.join(folder, "ports.json"), JSON.stringify(chosen));
  return chosen;
}
