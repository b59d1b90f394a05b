import { messageOf } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import type { Condition, Link, LinkSpec } from "../../contracts/network.ts";
import { createAlarm } from "./alarm.ts";
import { effectOn } from "./conditions.ts";
import { createInTurn } from "./in-turn.ts";
import { startLink, type RunningLink } from "./link.ts";

type KnownLink = { readonly spec: LinkSpec; readonly port: number };

export type LinkSet = {
  known(): KnownLink[];
  describe(): Link[];
  /** Starts or changes a link; a known one keeps its port. @throws PORT_TAKEN */
  put(spec: LinkSpec): Promise<RunningLink>;
  remove(id: string): Promise<void>;
  apply(conditions: readonly Condition[]): void;
  /** Starts the links of a former process on their ports. */
  revive(former: readonly KnownLink[]): Promise<void>;
  close(): Promise<void>;
};

const portRetryMs = 1000;

export function createLinkSet(conditions: () => readonly Condition[], log: Logger): LinkSet {
  const alarm = createAlarm();
  const running = new Map<string, RunningLink>();
  const known = new Map<string, KnownLink>();
  const inTurn = createInTurn();
  let closed = false;

  const remember = (link: RunningLink): RunningLink => {
    running.set(link.spec.id, link);
    known.set(link.spec.id, { spec: link.spec, port: link.port });
    link.apply(effectOn(link.spec, conditions()));
    return link;
  };
  /** A former port that is taken is tried again until it is free: others hold its address. */
  const reviveOne = ({ spec, port }: KnownLink): Promise<void> =>
    inTurn(spec.id, async () => {
      if (closed || running.has(spec.id) || !known.has(spec.id)) return;
      remember(await startLink(spec, port, alarm));
    }).catch((error: unknown) => {
      log.error({ link: spec.id, error: messageOf(error) }, "link not started; trying again");
      if (!closed) setTimeout(() => void reviveOne({ spec, port }), portRetryMs).unref();
    });
  return {
    known: () => [...known.values()],
    describe: () => [...running.values()].map((link) => link.describe()),
    put: (spec) =>
      inTurn(spec.id, async () => {
        const former = running.get(spec.id);
        if (former?.spec.listenHost === spec.listenHost) {
          former.update(spec);
          return remember(former);
        }
        await former?.close();
        return remember(await startLink(spec, known.get(spec.id)?.port, alarm));
      }),
    remove: (id) =>
      inTurn(id, async () => {
        const former = running.get(id);
        running.delete(id);
        known.delete(id);
        await former?.close();
      }),
    apply(current) {
      for (const link of running.values()) link.apply(effectOn(link.spec, current));
    },
    async revive(former) {
      for (const link of former) known.set(link.spec.id, link);
      await Promise.all(former.map(reviveOne));
    },
    async close() {
      closed = true;
      await Promise.all([...running.values()].map((link) => link.close()));
    },
  };
}
