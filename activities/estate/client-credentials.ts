import { rm } from "node:fs/promises";
import path from "node:path";
import { writeFileAtomic } from "../../base/files.ts";
import { cacheAccessSchema } from "../../contracts/lab.ts";
import type { Scenario } from "../../scenarios/schema.ts";
import type { ActivityDeps } from "../deps.ts";

/** `{<cache>: {username, password}}`, readable by its owner only: for clients of anyone's own. */
export function clientCredentialsFile(home: string): string {
  return path.join(home, "estate", "clients.json");
}

/** Writes down by which user clients enter each cache. */
export async function clientCredentials(deps: ActivityDeps, topology: Scenario["topology"]): Promise<void> {
  const users = await Promise.all(
    topology.caches.map(async ({ name }) => {
      const path = `/lab/caches/${encodeURIComponent(name)}/access`;
      const { username, password } = await deps.lab.call({ method: "GET", path, answer: cacheAccessSchema });
      return [name, { username, password }] as const;
    }),
  );
  await writeFileAtomic(clientCredentialsFile(deps.home), `${JSON.stringify(Object.fromEntries(users), null, 2)}\n`);
}

export async function forgetClientCredentials(deps: ActivityDeps): Promise<void> {
  await rm(clientCredentialsFile(deps.home), { force: true });
}
