import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { LifeboatError } from "../../../../base/errors.ts";
import { createApi, parseInput } from "../../../../base/http-server.ts";
import type { MemberView } from "../../../../contracts/groups.ts";
import type { Syncer } from "../syncer/syncer.ts";
import { flushSchema, leaveSchema, membershipSchema, type FlushOrder } from "./api.ts";
import type { ConflictList } from "./conflict-list.ts";

const conflictsQuerySchema = z.object({ after: z.coerce.number().int().min(0).default(0) });

type ControlledMember = {
  readonly token: string;
  readonly conflicts: ConflictList;
  /** undefined while it starts. */
  readonly syncer: () => Syncer | undefined;
  readonly view: () => Promise<MemberView>;
};

/** What the control plane asks and orders (./api.ts). Serves from the first moment, also while the syncer starts. */
export function createControlApi({ token, conflicts, syncer, view }: ControlledMember): FastifyInstance {
  const api = createApi({ token });
  const started = (): Syncer => {
    const found = syncer();
    if (found === undefined) throw new LifeboatError("UNAVAILABLE", "the syncer has not started yet");
    return found;
  };
  api.get("/view", view);
  api.get("/conflicts", (request) => conflicts.page(parseInput(conflictsQuerySchema, request.query).after));
  api.put("/membership", async (request) => {
    await started().setMembership(parseInput(membershipSchema, request.body));
    return {};
  });
  api.post("/leave", async (request) => {
    const { timeoutMs } = parseInput(leaveSchema, request.body);
    return { unacknowledged: await started().leave(timeoutMs) };
  });
  api.post("/flush", async (request) => {
    await flush(started(), parseInput(flushSchema, request.body));
    return {};
  });
  api.post("/start-empty", async () => {
    await started().startEmpty();
    return {};
  });
  return api;
}

/** @throws TIMED_OUT for an order that came late, as to a process that was frozen */
async function flush(syncer: Syncer, order: FlushOrder): Promise<void> {
  if (order.step === "wipe") return await syncer.wipe(order.membership);
  if (Date.now() > order.byMs) throw new LifeboatError("TIMED_OUT", `nobody waits for this ${order.step} any more`);
  await (order.step === "pause" ? syncer.pauseWrites(order.holdMs) : syncer.resumeWrites());
}
