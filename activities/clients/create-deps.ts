import { createApiClient, type ApiClient } from "../../base/http-client.ts";
import { loadOrCreateCredentials } from "../../base/credentials.ts";
import { serviceUrl } from "../../base/registration.ts";
import type { ActivityDeps } from "../deps.ts";
import { armScope, createArmClient, createEnterpriseClient } from "./arm-client.ts";
import { connectTemporal } from "./temporal-client.ts";

/** The clients of one installation; each finds its process anew at every call. */
export async function createDeps(home: string): Promise<ActivityDeps> {
  const credentials = await loadOrCreateCredentials(home);
  const api = (name: string, token: string): ApiClient =>
    createApiClient({ url: () => serviceUrl(home, name), token, timeoutMs: 30_000 });
  return {
    home,
    credentials,
    lab: api("geocache", credentials.lab),
    keeper: api("keeper", credentials.keeper),
    observer: api("observer", credentials.observer),
    ledger: api("ledger", credentials.ledger),
    recorder: api("recorder", credentials.recorder),
    routing: api("front-door", credentials.routing),
    arm: () => createArmClient(home, credentials.arm),
    enterprise: () => createEnterpriseClient(home, credentials.arm),
    armScope: armScope(),
    frontDoorUrl: () => serviceUrl(home, "front-door"),
    temporal: once(() => connectTemporal(home)),
  };
}

/** Keeps the first success; a failure is tried again at the next call. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
