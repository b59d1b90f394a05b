import { loadOrCreateCredentials } from "../base/credentials.ts";
import { createApiClient, type ApiClient } from "../base/http-client.ts";
import { serviceUrl } from "../base/registration.ts";
import { faultListSchema, faultRecordSchema, tokenSchema, type Fault, type FaultRecord } from "../contracts/fault.ts";

/** Holder of every fault that was injected by hand. */
const HOLDER = "by-hand";
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

/** Injects a fault that lifts itself after its lease. */
export async function injectByHand(
  keeper: ApiClient,
  request: { readonly id: string; readonly fault: Fault; readonly leaseMs: number },
): Promise<FaultRecord> {
  const { fencingToken } = await keeper.call({
    method: "POST",
    path: "/tokens",
    body: { holder: HOLDER },
    answer: tokenSchema,
  });
  const body = { ...request, holder: HOLDER, fencingToken };
  return keeper.call({ method: "POST", path: "/faults", body, answer: faultRecordSchema });
}

/** Lifts a fault in the name of whoever holds it. */
export async function healFault(keeper: ApiClient, record: FaultRecord): Promise<FaultRecord> {
  const { id, holder, fencingToken } = record;
  const path = `/faults/${encodeURIComponent(id)}`;
  return keeper.call({ method: "DELETE", path, body: { holder, fencingToken }, answer: faultRecordSchema });
}
