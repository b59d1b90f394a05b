import type { Endpoint } from "../../contracts/endpoint.ts";
import type { EvictionPolicy } from "../replication/active/member/eviction-policy.ts";

/** Passwords of one cache's three users; never on a command line. */
export type CacheSecrets = {
  readonly adminPassword: string;
  readonly clientPassword: string;
  readonly replicationPassword: string;
};

/** Names of the users inside each redis-server. The default user is off. */
export const cacheUsers = { admin: "admin", client: "app", replication: "replicator" } as const;

export type CacheSpec = {
  readonly name: string;
  readonly region: string;
  readonly maxmemoryBytes: number;
  readonly secrets: CacheSecrets;
  /** Default: volatile-lru. */
  readonly evictionPolicy?: EvictionPolicy;
  /** Whether it is a member of an active group: then it is closed to clients until its syncer opens it. */
  readonly isMember?: boolean;
};

/** What the kernel or the engine calls a running cache; enough to recognise it after a crash of ours. */
export type CacheIdentity =
  | { readonly host: "process"; readonly pid: number; readonly startedAt: string }
  | { readonly host: "container"; readonly containerId: string };

export type StartedCache = {
  readonly identity: CacheIdentity;
  /** The redis-server itself, past all links. */
  readonly direct: Endpoint;
};

/** Where redis-servers run. A cache outlives the process that started it and is found again by `adopt`. */
export type CacheHost = {
  readonly kind: "process" | "container";
  /** Starts an empty cache and waits until it answers. @throws UNAVAILABLE, TOOL_MISSING, TIMED_OUT */
  start(spec: CacheSpec): Promise<StartedCache>;
  /** The running cache of that name, also when it is frozen; undefined when there is none. */
  adopt(name: string): Promise<StartedCache | undefined>;
  /** Ends the cache at once, frozen or not, and removes what it left. Without such a cache a no-op. */
  stop(name: string): Promise<void>;
  /** Address at which links listen that caches of this host connect to. */
  replicationListenHost(): Promise<string>;
};
