import { z } from "zod";
import { nameSchema } from "../../../contracts/endpoint.ts";
import type { Caches } from "../caches.ts";
import type { CacheRuntime } from "../cache-runtime.ts";
import type { Groups } from "../groups/groups.ts";
import type { LinkKeeper } from "../link-keeper.ts";
import type { Store } from "../store.ts";
import type { Workloads } from "../workloads.ts";
import type { CacheHost } from "../../hosts/cache-host.ts";

/** What the lab routes work with. */
export type LabContext = {
  readonly store: Store;
  readonly host: CacheHost;
  readonly caches: Caches;
  readonly groups: Groups;
  readonly runtime: CacheRuntime;
  readonly links: LinkKeeper;
  readonly workloads: Workloads;
  readonly memoryScale: number;
};

/** The name in a path; a wrong one is refused as the field `name`. */
export const namedSchema = z.object({ name: nameSchema });
