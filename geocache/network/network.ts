import { messageOf } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import type { Condition, Link, LinkSpec } from "../../contracts/network.ts";
import { createConditionSet, type ConditionSet } from "./condition-set.ts";
import { createLinkSet, type LinkSet } from "./link-set.ts";
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

/** All links and conditions of one home, as they were before the last end of the process. */
export async function openNetwork(file: StateFile, log: Logger): Promise<Network> {
  const former = await file.load();
  const links: LinkSet = createLinkSet(() => conditions.all(), log);
  const save = (): Promise<void> => file.save(() => ({ links: links.known(), conditions: conditions.all() }));
  const onChange = (expired: boolean): void => {
    links.apply(conditions.all());
    // Whoever asked for a change saves and waits for it; nobody asks for an expiry.
    if (expired) save().catch((error: unknown) => log.error({ error: messageOf(error) }, "state not saved"));
  };
  const conditions: ConditionSet = createConditionSet(former.conditions, onChange);
  await links.revive(former.links);
  return {
    async putLink(spec) {
      const link = await links.put(spec);
      await save();
      return link.describe();
    },
    links: () => links.describe(),
    async removeLink(id) {
      await links.remove(id);
      await save();
    },
    async putCondition(condition) {
      conditions.put(condition);
      await save();
      return condition;
    },
    conditions: () => conditions.all(),
    async removeCondition(id) {
      conditions.remove(id);
      await save();
    },
    async close() {
      conditions.stop();
      await save();
      await links.close();
    },
  };
}
