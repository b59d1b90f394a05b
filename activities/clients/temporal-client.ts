import { loadClientConnectConfig } from "@temporalio/envconfig";
import { serviceUrl } from "../../base/registration.ts";

/** All workflows and activities of Lifeboat are polled here. */
export const TASK_QUEUE = "lifeboat";

type ConnectConfig = ReturnType<typeof loadClientConnectConfig>;
export type TemporalConnection = {
  readonly options: ConnectConfig["connectionOptions"];
  readonly namespace: string;
};

/**
 * Temporal's own environment configuration (`TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, TLS, API key); without an
 * address, the dev server that `lifeboat up` runs. @throws UNAVAILABLE when neither is there.
 */
export async function temporalConnection(home: string): Promise<TemporalConnection> {
  const config = loadClientConnectConfig();
  const address = config.connectionOptions.address ?? new URL(await serviceUrl(home, "temporal")).host;
  return { options: { ...config.connectionOptions, address }, namespace: config.namespace ?? "default" };
}
