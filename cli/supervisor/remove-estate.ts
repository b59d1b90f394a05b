import { rm } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { loadOrCreateCredentials } from "../../base/credentials.ts";
import { createApiClient } from "../../base/http-client.ts";
import { serviceUrl } from "../../base/registration.ts";

const ESTATE_TIMEOUT_MS = 20_000;

/**
 * Removes caches, workloads, links and regions by geocache's own API.
 * Returns false when it is dead or does not manage in time.
 */
export async function removeEstate(home: string): Promise<boolean> {
  try {
    const { lab } = await loadOrCreateCredentials(home);
    const client = createApiClient({
      url: () => serviceUrl(home, "geocache"),
      token: lab,
      timeoutMs: ESTATE_TIMEOUT_MS,
    });
    await client.call({ method: "DELETE", path: "/lab/estate", answer: z.unknown() });
    return true;
  } catch {
    return false;
  }
}

/** Removes the records of an estate whose processes were ended by mark: a later start must not bring it back. */
export async function forgetEstate(home: string): Promise<void> {
  await rm(path.join(home, "geocache"), { recursive: true, force: true });
  await rm(path.join(home, "network"), { recursive: true, force: true });
}
