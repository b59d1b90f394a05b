import { monoNs } from "../../base/clocks.ts";
import { LifeboatError } from "../../base/errors.ts";
import type { Condition } from "../../contracts/network.ts";

export type ConditionSet = {
  all(): Condition[];
  /** @throws BAD_INPUT when its end has passed */
  put(condition: Condition): void;
  remove(id: string): void;
  stop(): void;
};

/** Timers of Node end at 2^31 ms; what ends later is looked at again. */
const longestTimerMs = 3_600_000;

/** Conditions that end by themselves. `onChange` is called after every change but a mere prolongation. */
export function createConditionSet(former: readonly Condition[], onChange: (expired: boolean) => void): ConditionSet {
  const conditions = new Map(former.map((one) => [one.id, one]));
  let timer: NodeJS.Timeout | undefined;
  const arrange = (): void => {
    clearTimeout(timer);
    if (conditions.size === 0) return;
    const nextMs = Math.min(longestTimerMs, ...[...conditions.values()].map(leftMs));
    timer = setTimeout(expire, Math.max(1, Math.ceil(nextMs)));
  };
  const expire = (): void => {
    const over = [...conditions.values()].filter((one) => leftMs(one) <= 0);
    for (const one of over) conditions.delete(one.id);
    if (over.length > 0) onChange(true);
    arrange();
  };
  arrange();
  return {
    all: () => [...conditions.values()],
    put(condition) {
      if (leftMs(condition) <= 0) {
        throw new LifeboatError("BAD_INPUT", "endsAtMonoNs: lies in the past", { field: "endsAtMonoNs" });
      }
      const known = conditions.get(condition.id);
      conditions.set(condition.id, condition);
      if (!known || !sameEffect(known, condition)) onChange(false);
      arrange();
    },
    remove(id) {
      if (conditions.delete(id)) onChange(false);
      arrange();
    },
    stop: () => clearTimeout(timer),
  };
}

function leftMs(condition: Condition): number {
  return Number(BigInt(condition.endsAtMonoNs) - monoNs()) / 1e6;
}

/** A renewal changes only the end: connections need not be touched. */
function sameEffect(a: Condition, b: Condition): boolean {
  return JSON.stringify([a.selectors, a.effect]) === JSON.stringify([b.selectors, b.effect]);
}
