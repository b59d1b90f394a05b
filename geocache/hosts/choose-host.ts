import { LifeboatError } from "../../base/errors.ts";
import type { CacheHost } from "./cache-host.ts";
import { createProcessHost } from "./process-host.ts";

/** The host named by LIFEBOAT_HOST; `process` is the only one so far. @throws BAD_INPUT for any other */
export function chooseHost(home: string, env = process.env): CacheHost {
  const asked = env["LIFEBOAT_HOST"] ?? "process";
  if (asked === "process") return createProcessHost(home, env);
  throw new LifeboatError("BAD_INPUT", `LIFEBOAT_HOST: must be "process", not "${asked}"`);
}
