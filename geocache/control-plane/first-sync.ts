import { setTimeout as sleep } from "node:timers/promises";
import { stamp } from "../../base/clocks.ts";
import { messageOf } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import type { SyncProgress } from "../replication/passive/serving.ts";
import type { LinkDoc } from "./model.ts";
import type { Collection } from "./store.ts";

const SYNC_POLL_MS = 20;
/** The real service needs 5 to 10 minutes for 53 GB (P35). */
const LINKING_TIMEOUT_MS = 30 * 60_000;

export type FirstSyncOptions = {
  readonly links: Collection<LinkDoc>;
  readonly keepInRole: (cache: string) => Promise<SyncProgress | "independent">;
  readonly log: Logger;
  readonly signal: AbortSignal;
};

/** Follows new links until the secondary has copied everything, and notes when that began and ended. */
export function createFirstSync(options: FirstSyncOptions): { follow(key: string): void } {
  const { links, keepInRole, log, signal } = options;

  /** The link while it is in the making: an unlink may have come in between. */
  function inTheMaking(key: string): LinkDoc | undefined {
    const link = links.get(key);
    return link?.state === "Creating" ? link : undefined;
  }

  /** One look at the secondary; whether it answered. What it shows came true after `since` and before it answered. */
  async function look(key: string, since: LinkDoc["requestedAt"]): Promise<boolean> {
    const secondary = inTheMaking(key)?.secondary;
    if (secondary === undefined) return false;
    const progress = await keepInRole(secondary).catch((error: unknown) => {
      log.debug({ link: key, reason: messageOf(error) }, "linking goes on trying");
      return undefined;
    });
    const link = inTheMaking(key);
    if (signal.aborted || link === undefined || progress === undefined) return false;
    const seen = { notBefore: since, notAfter: stamp() };
    const started = link.fullSync.started ?? { notBefore: link.requestedAt, notAfter: seen.notAfter };
    if (progress === "in-sync") links.put(key, { ...link, state: "Succeeded", fullSync: { started, ended: seen } });
    else if (link.fullSync.started === null) links.put(key, { ...link, fullSync: { started, ended: null } });
    return true;
  }

  async function followToTheEnd(key: string): Promise<void> {
    const deadlineMs = performance.now() + LINKING_TIMEOUT_MS;
    let since = inTheMaking(key)?.requestedAt;
    while (!signal.aborted && since !== undefined) {
      const askedAt = stamp();
      const answered = await look(key, since);
      const link = inTheMaking(key);
      if (signal.aborted || link === undefined) return;
      if (performance.now() > deadlineMs) return links.put(key, { ...link, state: "Failed" });
      if (answered) since = askedAt;
      await sleep(SYNC_POLL_MS);
    }
  }

  return {
    follow(key) {
      followToTheEnd(key).catch((error: unknown) => log.error({ link: key, err: error }, "linking failed"));
    },
  };
}
