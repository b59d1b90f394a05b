import { loadOrCreateCredentials } from "../base/credentials.ts";
import { LifeboatError } from "../base/errors.ts";
import { waitFor } from "../base/waits.ts";
import { createApiClient, type ApiClient } from "../base/http-client.ts";
import { serviceUrl } from "../base/registration.ts";
import { faultListSchema, faultRecordSchema, tokenSchema, type Fault, type FaultRecord } from "../contracts/fault.ts";

/** Every fault by hand has a holder of its own: the keeper takes new faults from the newest token only. */
const BY_HAND = "by-hand-";
const FAULT_TIMEOUT_MS = 30_000;

export async function keeperClient(home: string): Promise<ApiClient> {
  const { keeper } = await loadOrCreateCredentials(home);
  return createApiClient({ url: () => serviceUrl(home, "keeper"), token: keeper, timeoutMs: FAULT_TIMEOUT_MS });
}

export async function listFaults(keeper: ApiClient): Promise<FaultRecord[]> {
  return (await keeper.call({ method: "GET", path: "/faults", answer: faultListSchema })).faults;
}

export function isInForce(record: FaultRecord): boolean {
  return ["injecting", "active", "lifting"].includes(record.state);
}

/**
 * Injects a fault that lifts itself after its lease, and waits until it is seen to hold.
 * @throws CONFLICT while a drill holds a fault: a newer token would end the drill's right to prolong it
 */
export async function injectByHand(
  keeper: ApiClient,
  request: { readonly id: string; readonly fault: Fault; readonly leaseMs: number },
): Promise<FaultRecord> {
  const drilled = (await listFaults(keeper)).find((each) => isInForce(each) && !each.holder.startsWith(BY_HAND));
  if (drilled) {
    const hint = `bin/lifeboat abort ${drilled.holder}`;
    throw new LifeboatError("CONFLICT", `drill ${drilled.holder} holds a fault (${drilled.fault.kind})`, { hint });
  }
  const holder = `${BY_HAND}${request.id}`;
  const { fencingToken } = await keeper.call({
    method: "POST",
    path: "/tokens",
    body: { holder },
    answer: tokenSchema,
  });
  const body = { ...request, holder, fencingToken };
  await keeper.call({ method: "POST", path: "/faults", body, answer: faultRecordSchema });
  return waitFor(
    async () => (await listFaults(keeper)).find((each) => each.id === request.id && each.state !== "injecting"),
    { what: `${request.fault.kind} to hold`, timeoutMs: FAULT_TIMEOUT_MS },
  );
}

/** Lifts a fault in the name of whoever holds it. */
export async function healFault(keeper: ApiClient, record: FaultRecord): Promise<FaultRecord> {
  const { id, holder, fencingToken } = record;
  const path = `/faults/${encodeURIComponent(id)}`;
  return keeper.call({ method: "DELETE", path, body: { holder, fencingToken }, answer: faultRecordSchema });
}
