import { LifeboatError, messageOf } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import { monoNs } from "../../base/clocks.ts";
import type { Condition, Link, LinkSpec } from "../../contracts/network.ts";
import { createAlarm } from "./alarm.ts";
import { effectOn } from "./conditions.ts";
import { startLink, type RunningLink } from "./link.ts";
import type { StateFile } from "./state.ts";

export type Network = {
  putLink(spec: LinkSpec): Promise<Link>;
  links(): Link[];
  removeLink(id: string): Promise<void>;
  putCondition(condition: Condition): Promise<Condition>;
  conditions(): Condition[];
  removeCondition(id: string): Promise<void>;
  close(): Promise<void>;
};

const portRetryMs = 1000;
const longestTimerMs = 3_600_000;

/** All links and conditions of one home, as they were before the last end of the process. */
export async function openNetwork(file: StateFile, log: Logger): Promise<Network> {
  const former = await file.load();
  const alarm = createAlarm();
  const links = new Map<string, RunningLink>();
  const ports = new Map(former.links.map(({ spec, port }) => [spec.id, { spec, port }]));
  const conditions = new Map(former.conditions.map((one) => [one.id, one]));
  const locks = new Map<string, Promise<unknown>>();
  let expiry: NodeJS.Timeout | undefined;
  let closed = false;

  const save = (): Promise<void> =>
    file.save(() => ({ links: [...ports.values()], conditions: [...conditions.values()] }));
  const applyAll = (): void => {
    for (const link of links.values()) link.apply(effectOn(link.spec, conditions.values()));
  };
  const expire = (): void => {
    clearTimeout(expiry);
    if (closed) return;
    const over = [...conditions.values()].filter((one) => leftMs(one) <= 0);
    for (const one of over) conditions.delete(one.id);
    if (over.length > 0) {
      applyAll();
      void save().catch((error: unknown) => log.error({ error: messageOf(error) }, "state not saved"));
    }
    const nextMs = Math.min(longestTimerMs, ...[...conditions.values()].map(leftMs));
    if (conditions.size > 0) expiry = setTimeout(expire, Math.max(1, Math.ceil(nextMs)));
  };
  const start = async (spec: LinkSpec, port: number | undefined): Promise<RunningLink> => {
    const link = await startLink(spec, port, alarm);
    links.set(spec.id, link);
    ports.set(spec.id, { spec, port: link.port });
    link.apply(effectOn(spec, conditions.values()));
    return link;
  };
  /** One change of a link at a time. */
  const inTurn = async <T>(id: string, change: () => Promise<T>): Promise<T> => {
    const turn = (locks.get(id) ?? Promise.resolve()).then(change, change);
    locks.set(id, turn);
    return turn.finally(() => {
      if (locks.get(id) === turn) locks.delete(id);
    });
  };
  /** A former port that is taken is tried again until it is free: others hold its address. */
  const revive = async (id: string): Promise<void> => {
    await inTurn(id, async () => {
      const known = ports.get(id);
      if (!known || links.has(id) || closed) return;
      await start(known.spec, known.port);
    }).catch((error: unknown) => {
      log.error({ link: id, error: messageOf(error) }, "link not started; trying again");
      if (!closed) setTimeout(() => void revive(id), portRetryMs).unref();
    });
  };

  expire();
  await Promise.all([...ports.keys()].map(revive));
  return {
    putLink: (spec) =>
      inTurn(spec.id, async () => {
        const running = links.get(spec.id);
        if (running && running.spec.listenHost === spec.listenHost) {
          running.update(spec);
          ports.set(spec.id, { spec, port: running.port });
          running.apply(effectOn(spec, conditions.values()));
          await save();
          return running.describe();
        }
        await running?.close();
        const link = await start(spec, ports.get(spec.id)?.port);
        await save();
        return link.describe();
      }),
    links: () => [...links.values()].map((link) => link.describe()),
    removeLink: (id) =>
      inTurn(id, async () => {
        const running = links.get(id);
        links.delete(id);
        ports.delete(id);
        await running?.close();
        await save();
      }),
    async putCondition(condition) {
      if (leftMs(condition) <= 0) {
        throw new LifeboatError("BAD_INPUT", "endsAtMonoNs: lies in the past", { field: "endsAtMonoNs" });
      }
      const known = conditions.get(condition.id);
      conditions.set(condition.id, condition);
      if (!known || !sameEffect(known, condition)) applyAll();
      expire();
      await save();
      return condition;
    },
    conditions: () => [...conditions.values()],
    async removeCondition(id) {
      if (conditions.delete(id)) applyAll();
      expire();
      await save();
    },
    async close() {
      closed = true;
      clearTimeout(expiry);
      await Promise.all([...links.values()].map((link) => link.close()));
    },
  };
}

function leftMs(condition: Condition): number {
  return Number(BigInt(condition.endsAtMonoNs) - monoNs()) / 1e6;
}

/** A renewal changes only the end: connections need not be touched. */
function sameEffect(a: Condition, b: Condition): boolean {
  return JSON.stringify([a.selectors, a.effect]) === JSON.stringify([b.selectors, b.effect]);
}
