import { z } from "zod";
import { memberViewSchema } from "../../../contracts/groups.ts";

const memberSchema = z.object({ arm: z.looseObject({}), own: z.looseObject({}) });
const linkedSchema = z.looseObject({
  linkedDatabases: z.array(z.object({ id: z.string(), state: z.string().optional() })),
});
const saidSchema = memberViewSchema.pick({ origin: true, phase: true, detail: true, epoch: true, members: true });

/**
 * What was recorded of a member of a group, so that a reader sees what changed: linked databases by name instead of by
 * place in a list, and without what the member measures of itself, which differs at every look. Anything else as it is.
 */
export function readableRaw(raw: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const member = memberSchema.safeParse(raw);
  if (!member.success) return raw;
  const { arm, own } = member.data;
  return { arm: { ...arm, ...readableLinks(arm["geoReplication"]) }, own: readableOwn(own) };
}

function readableLinks(geoReplication: unknown): object {
  const linked = linkedSchema.safeParse(geoReplication);
  if (!linked.success) return {};
  const byName = linked.data.linkedDatabases.map(({ id, state = "no state" }) => [nameIn(id), state] as const);
  return { geoReplication: { ...linked.data, linkedDatabases: Object.fromEntries(byName) } };
}

function nameIn(id: string): string {
  return /\/redisEnterprise\/([^/]+)\//i.exec(id)?.[1] ?? id;
}

function readableOwn(own: object): object {
  const said = saidSchema.safeParse(own);
  return said.success ? { ...said.data, members: said.data.members.join(", ") } : own;
}
