import type { Logger } from "../../base/log.ts";
import { messageOf } from "../../base/errors.ts";
import type { Caches } from "./caches.ts";
import type { GeoLinks } from "./geo-links.ts";
import type { Groups } from "./groups/groups.ts";
import type { LinkKeeper } from "./link-keeper.ts";
import type { Store } from "./store.ts";
import type { Workloads } from "./workloads.ts";

const INTERVAL_MS = 500;
/** While a secondary is not in sync: when it begins to copy everything again, it must soon refuse reads (P14). */
const RESTLESS_INTERVAL_MS = 100;

export type ReconcilerOptions = {
  readonly store: Store;
  readonly caches: Caches;
  readonly geoLinks: GeoLinks;
  readonly groups: Groups;
  readonly links: LinkKeeper;
  readonly workloads: Workloads;
  readonly log: Logger;
  readonly signal: AbortSignal;
};

type Round = { isRestless: boolean };

/** Twice a second holds the world to what is noted: caches run and play their roles, members know their group, links and workloads are there. */
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

  async function round(state: Round): Promise<void> {
    const available = (region: string): boolean => store.regions.get(region)?.available ?? false;
    const settled = store.caches.all().filter((doc) => doc.provisioningState === "Succeeded");
    const caches = settled.filter((doc) => doc.service === "passive" || doc.group === null);
    const workloads = store.workloads.all().filter((doc) => available(doc.spec.region));
    await Promise.all([
      attempt("links", () => options.links.ensure()),
      attempt("groups", () => options.groups.keepAll()),
      ...caches.map((doc) =>
        attempt(doc.name, async () => {
          if (!(await isAtRest(options, doc.name, available(doc.region)))) state.isRestless = true;
        }),
      ),
      ...workloads.map((doc) => attempt(doc.name, () => options.workloads.restartIfDead(doc.name))),
    ]);
  }

  function loop(): void {
    const state: Round = { isRestless: false };
    void attempt("round", () => round(state)).then(() => {
      if (!signal.aborted) timer = setTimeout(loop, state.isRestless ? RESTLESS_INTERVAL_MS : INTERVAL_MS);
    });
  }
  loop();
}

/** Holds one cache to its role; whether it was in it already, as far as can be seen. */
async function isAtRest(options: ReconcilerOptions, name: string, available: boolean): Promise<boolean> {
  const runs = await options.caches.restartIfDead(name);
  // In a region that is down the servers may be frozen; there is nothing to be told to them before it is back.
  if (!runs || !available) return true;
  const progress = await options.geoLinks.keepInRole(name);
  return progress === "in-sync" || progress === "independent";
}
