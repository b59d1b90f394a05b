import { messageOf } from "../../base/errors.ts";
import { instanceHealthSchema } from "../../contracts/front-door.ts";
import { createCondition, type Condition } from "./condition.ts";
import { exchange } from "./exchange.ts";
import type { Instance } from "./instances.ts";

const EVERY_MS = 100;
/** Longer than an instance waits for its cache (app/regional/cache-health.ts). */
const ANSWER_TIMEOUT_MS = 400;

export type Checks = {
  of(instance: Instance): Condition;
  close(): void;
};

type ChecksOptions = {
  readonly token: string;
  /** Those to be asked, each time. */
  readonly instances: () => readonly Instance[];
  /** Told after every check. */
  readonly checked: () => void;
};

/** Asks every instance ten times a second whether its cache takes writes: at most one question at a time to each. */
export function startChecks(options: ChecksOptions): Checks {
  // An instance that was registered anew is another object, and starts anew here too.
  const conditions = new WeakMap<Instance, Condition>();
  const asking = new WeakSet<Instance>();
  const of = (instance: Instance): Condition => {
    const condition = conditions.get(instance) ?? createCondition();
    conditions.set(instance, condition);
    return condition;
  };
  const check = async (instance: Instance): Promise<void> => {
    asking.add(instance);
    const found = await outcomeOf(instance, options.token);
    if (found !== "too slow to tell") of(instance).checked(found.problem, performance.now());
    asking.delete(instance);
    options.checked();
  };
  const timer = setInterval(() => {
    for (const instance of options.instances()) if (!asking.has(instance)) void check(instance);
  }, EVERY_MS);
  timer.unref();
  return { of, close: () => clearInterval(timer) };
}

/** `problem` is null when it serves users. */
type Outcome = { readonly problem: string | null } | "too slow to tell";

/** On a busy machine a check may take too long while users are served all the same: that says nothing. Never rejects. */
async function outcomeOf(instance: Instance, token: string): Promise<Outcome> {
  const answeredBefore = instance.answered;
  const request = { method: "GET", path: "/instance/health", headers: { authorization: `Bearer ${token}` } };
  try {
    const { status, body } = await exchange(instance.slots, request, ANSWER_TIMEOUT_MS);
    if (status !== 200) return { problem: `${instance.name} answered its check with ${status}` };
    const health = instanceHealthSchema.parse(JSON.parse(body.toString()));
    // Requests of users may have found it silent before: they need not find out one by one that it is back.
    instance.health.answered();
    const problem = `${health.cache ?? instance.name}: ${health.detail ?? "takes no writes"}`;
    return { problem: health.takesWrites ? null : problem };
  } catch (error) {
    if (instance.answered > answeredBefore) return "too slow to tell";
    return { problem: `${instance.name} did not answer: ${messageOf(error)}` };
  }
}
