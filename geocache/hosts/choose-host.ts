import { LifeboatError } from "../../base/errors.ts";
import type { CacheHost } from "./cache-host.ts";
import { createProcessHost } from "./process-host.ts";

/** Containers when a Docker engine answers, else processes; LIFEBOAT_HOST decides otherwise. @throws BAD_INPUT */
export async function chooseHost(home: string, env = process.env): Promise<CacheHost> {
  const asked = env["LIFEBOAT_HOST"] ?? "process";
  if (asked === "process") return createProcessHost(home, env);
  throw new LifeboatError("BAD_INPUT", `LIFEBOAT_HOST: must be "process" or "container", not "${asked}"`);
}
