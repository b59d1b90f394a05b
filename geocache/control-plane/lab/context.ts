import type { Caches } from "../caches.ts";
import type { CacheRuntime } from "../cache-runtime.ts";
import type { LinkKeeper } from "../link-keeper.ts";
import type { Store } from "../store.ts";
import type { Workloads } from "../workloads.ts";
import type { CacheHost } from "../../hosts/cache-host.ts";

/** What the lab routes work with. */
export type LabContext = {
  readonly store: Store;
  readonly host: CacheHost;
  readonly caches: Caches;
  readonly runtime: CacheRuntime;
  readonly links: LinkKeeper;
  readonly workloads: Workloads;
  readonly memoryScale: number;
};
