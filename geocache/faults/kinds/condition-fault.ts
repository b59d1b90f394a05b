import { z } from "zod";
import { LifeboatError } from "../../../base/errors.ts";
import type { ApiClient } from "../../../base/http-client.ts";
import type { Fault } from "../../../contracts/fault.ts";
import {
  conditionListSchema,
  conditionSchema,
  linkListSchema,
  type Condition,
  type Link,
} from "../../../contracts/network.ts";
import type { FaultContext, FaultHandler } from "../fault-kind.ts";
import type { ConditionUndo } from "../undo.ts";

/** A condition outlives its lease by this, so that a renewal under way does not open a gap. */
const graceNs = 300_000_000n;

type ConditionPlan = Pick<Condition, "selectors" | "effect">;

/** A fault that is one condition of the network, which ends by itself when nobody renews it. */
export function conditionFault<F extends Fault>(
  plan: (fault: F, links: readonly Link[]) => ConditionPlan,
): FaultHandler<F, ConditionUndo> {
  const put = async (context: FaultContext<F, ConditionUndo>): Promise<void> => {
    const { network } = context.world;
    const condition: Condition = {
      id: context.undo.conditionId,
      ...plan(context.fault, await linksOf(network)),
      endsAtMonoNs: (context.leaseEndsAtMonoNs + graceNs).toString(),
    };
    await network.call({
      method: "PUT",
      path: `/conditions/${condition.id}`,
      body: condition,
      answer: conditionSchema,
    });
  };
  return {
    prepare: async (id) => ({ type: "condition", conditionId: `fault-${id}`.slice(0, 80) }),
    async inject(context) {
      await put(context);
      const { conditions } = await context.world.network.call({
        method: "GET",
        path: "/conditions",
        answer: conditionListSchema,
      });
      if (!conditions.some((one) => one.id === context.undo.conditionId)) {
        throw new LifeboatError("UNAVAILABLE", "the network does not hold the condition");
      }
      const touched = touchedBy(context, await linksOf(context.world.network));
      return touched.length === 0 ? "no link matches" : `links: ${touched.map((link) => link.id).join(", ")}`;
    },
    renew: put,
    async lift({ world, undo }) {
      await world.network.call({ method: "DELETE", path: `/conditions/${undo.conditionId}`, answer: z.unknown() });
    },
    async verify(context) {
      const touched = touchedBy(context, await linksOf(context.world.network));
      return [{ what: `no link is under condition ${context.undo.conditionId}`, holds: touched.length === 0 }];
    },
    settle: async () => {},
  };
}

function touchedBy(context: { undo: ConditionUndo }, links: readonly Link[]): Link[] {
  return links.filter((link) => link.conditions.includes(context.undo.conditionId));
}

async function linksOf(network: ApiClient): Promise<Link[]> {
  return (await network.call({ method: "GET", path: "/links", answer: linkListSchema })).links;
}
