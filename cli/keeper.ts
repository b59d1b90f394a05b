import { loadOrCreateCredentials } from "../base/credentials.ts";
import { waitFor } from "../base/waits.ts";
import { createApiClient, type ApiClient } from "../base/http-client.ts";
import { serviceUrl } from "../base/registration.ts";
import { faultListSchema, faultRecordSchema, tokenSchema, type Fault, type FaultRecord } from "../contracts/fault.ts";

/** Every fault by hand has a holder of its own, newer than whoever was on its target before. */
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
 * Injects a fault that lifts itself after its lease, and waits until it is seen to hold. A drill under way goes on
 * with its own. @throws CONFLICT when the region is out already
 */
export async function injectByHand(
  keeper: ApiClient,
  request: { readonly id: string; readonly fault: Fault; readonly leaseMs: number },
): Promise<FaultRecord> {
  const holder = `${BY_HAND}${request.id}`;
  const fencingToken = await tokenOf(keeper, holder);
  const body = { ...request, holder, fencingToken };
  await keeper.call({ method: "POST", path: "/faults", body, answer: faultRecordSchema });
  return waitFor(
    async () => (await listFaults(keeper)).find((each) => each.id === request.id && each.state !== "injecting"),
    { what: `${request.fault.kind} to hold`, timeoutMs: FAULT_TIMEOUT_MS },
  );
}

/** Lifts a fault in the name of whoever holds it. */
export async function healFault(keeper: ApiClient, { id, holder }: FaultRecord): Promise<FaultRecord> {
  const path = `/faults/${encodeURIComponent(id)}`;
  const body = { holder, fencingToken: await tokenOf(keeper, holder) };
  return keeper.call({ method: "DELETE", path, body, answer: faultRecordSchema });
}

async function tokenOf(keeper: ApiClient, holder: string): Promise<number> {
  return (await keeper.call({ method: "POST", path: "/tokens", body: { holder }, answer: tokenSchema })).fencingToken;
}
