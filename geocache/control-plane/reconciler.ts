import type { Logger } from "../../base/log.ts";
import { messageOf } from "../../base/errors.ts";
import type { Caches } from "./caches.ts";
import type { GeoLinks } from "./geo-links.ts";
import type { LinkKeeper } from "./link-keeper.ts";
import type { Store } from "./store.ts";
import type { Workloads } from "./workloads.ts";

const INTERVAL_MS = 500;

export type ReconcilerOptions = {
  readonly store: Store;
  readonly caches: Caches;
  readonly geoLinks: GeoLinks;
  readonly links: LinkKeeper;
  readonly workloads: Workloads;
  readonly log: Logger;
  readonly signal: AbortSignal;
};

/** Twice a second holds the world to what is noted: caches run and play their roles, links and workloads are there. */
export function startReconciler(options: ReconcilerOptions): void {
  const { store, log, signal } = options;
  let timer: NodeJS.Timeout;
  signal.addEventListener("abort", () => clearTimeout(timer));

  async function attempt(what: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!signal.aborted) log.debug({ what, reason: messageOf(error) }, "reconciling goes on trying");
    }
  }

  async function round(): Promise<void> {
    const available = (region: string): boolean => store.regions.get(region)?.available ?? false;
    const caches = store.caches.all().filter((doc) => doc.provisioningState === "Succeeded");
    const workloads = store.workloads.all().filter((doc) => available(doc.spec.region));
    await Promise.all([
      attempt("links", () => options.links.ensure()),
      ...caches.map((doc) => attempt(doc.name, () => holdCache(options, doc.name, available(doc.region)))),
      ...workloads.map((doc) => attempt(doc.name, () => options.workloads.restartIfDead(doc.name))),
    ]);
  }

  function loop(): void {
    void attempt("round", round).then(() => {
      if (!signal.aborted) timer = setTimeout(loop, INTERVAL_MS);
    });
  }
  loop();
}

async function holdCache(options: ReconcilerOptions, name: string, available: boolean): Promise<void> {
  const runs = await options.caches.restartIfDead(name);
  // In a region that is down the servers may be frozen; there is nothing to be told to them before it is back.
  if (runs && available) await options.geoLinks.keepInRole(name);
}
