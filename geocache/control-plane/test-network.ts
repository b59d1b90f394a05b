import { randomUUID } from "node:crypto";
import { monoNs } from "../../base/clocks.ts";
import { createLog } from "../../base/log.ts";
import type { Condition, ConditionEffect } from "../../contracts/network.ts";
import { openNetwork } from "../network/network.ts";
import { createStateFile } from "../network/state.ts";
import type { Network } from "./network.ts";

/** A condition forgotten by a test that failed ends by itself. */
const LONGEST_NS = 60_000_000_000n;

export type TestNetwork = Network & {
  /** What happens to replication on its way from west to east; the answer lifts it. */
  onReplication(effect: ConditionEffect): Promise<() => Promise<void>>;
  close(): Promise<void>;
};

/** The real links, in this process. */
export async function openTestNetwork(home: string): Promise<TestNetwork> {
  const log = createLog("network-test");
  log.level = "fatal";
  const network = await openNetwork(createStateFile(home), log);
  return {
    putLink: async (spec) => (await network.putLink(spec)).endpoint,
    removeLink: (id) => network.removeLink(id),
    listLinkIds: () => Promise.resolve(network.links().map((link) => link.id)),
    async onReplication(effect) {
      const id = randomUUID();
      const selectors: Condition["selectors"] = [{ from: "west", to: "east", path: "replication" }];
      await network.putCondition({ id, selectors, effect, endsAtMonoNs: (monoNs() + LONGEST_NS).toString() });
      return () => network.removeCondition(id);
    },
    close: () => network.close(),
  };
}
