import { LifeboatError } from "../../base/errors.ts";
import type { Endpoint } from "../../contracts/endpoint.ts";
import { answersPing, type AdminTarget } from "../hosts/admin-connection.ts";
import type { CacheHost, CacheIdentity, CacheSecrets, CacheSpec, StartedCache } from "../hosts/cache-host.ts";
import { redisPolicy } from "./groups/eviction.ts";
import type { CacheDoc } from "./model.ts";
import type { Store } from "./store.ts";

const ANSWER_TIMEOUT_MS = 1000;

export type CacheRuntime = ReturnType<typeof createCacheRuntime>;

/** The redis-servers behind the caches: which of them run, and how an administrator reaches them. */
export function createCacheRuntime(store: Store, host: CacheHost) {
  const running = new Map<string, CacheIdentity>();

  function remember(doc: CacheDoc, started: StartedCache | undefined): void {
    if (started === undefined) return void running.delete(doc.name);
    running.set(doc.name, started.identity);
    const { direct } = started;
    if (doc.direct?.host === direct.host && doc.direct.port === direct.port) return;
    const current = store.caches.get(doc.name);
    if (current !== undefined) store.caches.put(doc.name, { ...current, direct });
  }

  function adminTarget(name: string): AdminTarget {
    const endpoint = store.caches.get(name)?.direct;
    if (!endpoint) throw new LifeboatError("UNAVAILABLE", `cache ${name} was never started`);
    return { endpoint, password: secretsOf(store, name).adminPassword };
  }

  return {
    adminTarget,
    /** Looks whether the cache runs, frozen or not. */
    async refresh(doc: CacheDoc): Promise<boolean> {
      const started = await host.adopt(doc.name);
      remember(doc, started);
      return started !== undefined;
    },
    /** Ends what runs under that name and starts it empty. */
    async startEmpty(doc: CacheDoc): Promise<void> {
      const { name, region, maxmemoryBytes } = doc;
      const spec = { name, region, maxmemoryBytes, secrets: secretsOf(store, name), ...enterpriseParts(doc) };
      remember(doc, await host.start(spec));
    },
    async stop(name: string): Promise<void> {
      await host.stop(name);
      running.delete(name);
    },
    answers: (name: string): Promise<boolean> => answersPing(adminTarget(name), ANSWER_TIMEOUT_MS).catch(() => false),
    isRunning: (name: string): boolean => running.has(name),
    identityOf: (name: string): CacheIdentity | undefined => running.get(name),
    directOf: (name: string): Endpoint | undefined => store.caches.get(name)?.direct ?? undefined,
  };
}

function enterpriseParts(doc: CacheDoc): Pick<CacheSpec, "evictionPolicy" | "isMember"> {
  if (doc.service === "passive") return {};
  return { evictionPolicy: redisPolicy(doc.settings.evictionPolicy), isMember: doc.group !== null };
}

export function secretsOf(store: Store, cache: string): CacheSecrets {
  const secrets = store.keys.get(cache);
  if (secrets === undefined) throw new LifeboatError("NOT_FOUND", `there are no keys for cache ${cache}`);
  return secrets;
}
