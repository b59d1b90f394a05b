import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { parseInput } from "../../base/http-server.ts";
import { oneAtATime } from "../../base/one-at-a-time.ts";
import { waitFor } from "../../base/waits.ts";
import { nameSchema } from "../../contracts/endpoint.ts";
import { instanceSpecSchema, type DrainAnswer, type InstanceList } from "../../contracts/front-door.ts";
import { drainSchema, routingChangeSchema } from "../../contracts/routing.ts";
import { fence, routingState, switchRouting, type SwitchParts } from "./switch.ts";

const DRAIN_WAIT_MS = 1000;
const nameParamSchema = z.object({ name: nameSchema });

type ControlParts = SwitchParts & { readonly requests: InstanceList["requests"] };

/** The routing contract, and the registration of instances. */
export function addControl(api: FastifyInstance, parts: ControlParts): void {
  // Two switches at once would each see the other's half.
  const inOrder = oneAtATime();
  api.get("/routing", () => routingState(parts));
  api.put("/routing", (request) => {
    const change = parseInput(routingChangeSchema, request.body);
    return inOrder(() => switchRouting(parts, change));
  });
  api.put("/drain", (request) => {
    const wanted = parseInput(drainSchema, request.body);
    return inOrder(() => drain(parts, wanted));
  });
  addInstances(api, parts);
}

function addInstances(api: FastifyInstance, parts: ControlParts): void {
  const list = (): InstanceList => ({ instances: parts.instances.summary(), requests: { ...parts.requests } });
  api.get("/instances", list);
  api.put("/instances/:name", async (request) => {
    const { name } = parseInput(nameParamSchema, request.params);
    await parts.instances.put(name, parseInput(instanceSpecSchema, request.body));
    return list();
  });
  api.delete("/instances/:name", async (request) => {
    await parts.instances.remove(parseInput(nameParamSchema, request.params).name);
    return list();
  });
  api.delete("/instances", async () => {
    await parts.instances.remove();
    return list();
  });
}

/** Writes that were let in before may still be under way: they are waited for, within a bound. */
async function drain(parts: ControlParts, wanted: z.infer<typeof drainSchema>): Promise<DrainAnswer> {
  await fence(parts.state, wanted.fencingToken);
  await parts.state.change({ draining: wanted.draining });
  if (wanted.draining) {
    const none = waitFor(() => parts.inFlight.writes() === 0, {
      what: "the last write to end",
      timeoutMs: DRAIN_WAIT_MS,
      intervalMs: 5,
    });
    await none.catch(() => undefined);
  }
  return { draining: wanted.draining, writesInFlight: parts.inFlight.writes() };
}
