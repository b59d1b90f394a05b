import { createHash } from "node:crypto";
import { hostname } from "node:os";
import { Client, Connection } from "@temporalio/client";
import { loadClientConnectConfig } from "@temporalio/envconfig";
import { LifeboatError, messageOf } from "../../base/errors.ts";
import { serviceUrl } from "../../base/registration.ts";
import { usesOwnTemporal } from "./own-temporal.ts";

type ConnectConfig = ReturnType<typeof loadClientConnectConfig>;
export type TemporalConnection = {
  readonly options: ConnectConfig["connectionOptions"] & { readonly address: string };
  readonly namespace: string;
};

const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Polled by the worker of this installation only: several may share one namespace, and each one's activities must run
 * where its processes are.
 */
export function taskQueueOf(home: string): string {
  return `lifeboat-${createHash("sha256").update(`${hostname()}:${home}`).digest("hex").slice(0, 16)}`;
}

/**
 * Temporal's own environment configuration (`TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, TLS, API key); without it, the
 * dev server that `lifeboat up` runs. @throws BAD_INPUT, UNAVAILABLE when neither is there
 */
export async function temporalConnection(home: string): Promise<TemporalConnection> {
  if (!usesOwnTemporal()) {
    return { options: { address: new URL(await serviceUrl(home, "temporal")).host }, namespace: "default" };
  }
  const { connectionOptions, namespace } = ownConfig();
  const { address } = connectionOptions;
  if (address === undefined) {
    const hint = "TEMPORAL_ADDRESS=host:port, or an address in the profile";
    throw new LifeboatError("BAD_INPUT", "TEMPORAL_ADDRESS: no address of your Temporal is given", { hint });
  }
  return { options: { ...connectionOptions, address }, namespace: namespace ?? "default" };
}

function ownConfig(): ConnectConfig {
  try {
    return loadClientConnectConfig();
  } catch (cause) {
    throw new LifeboatError("BAD_INPUT", `TEMPORAL_*: ${messageOf(cause)}`, { cause });
  }
}

/** @throws BAD_INPUT; UNAVAILABLE naming address and namespace */
export async function connectTemporal(home: string): Promise<Client> {
  const { options, namespace } = await temporalConnection(home);
  try {
    const connection = await Connection.connect({ ...options, connectTimeout: CONNECT_TIMEOUT_MS });
    return new Client({ connection, namespace });
  } catch (cause) {
    throw new LifeboatError("UNAVAILABLE", `Temporal at ${options.address}: ${messageOf(cause)}`, { cause });
  }
}

/** Looks, before anything is started, whether the user's own Temporal takes us. @throws BAD_INPUT, UNAVAILABLE */
export async function requireOwnTemporal(home: string): Promise<void> {
  const client = await connectTemporal(home);
  const { namespace } = client.options;
  try {
    await client.connection.withDeadline(Date.now() + CONNECT_TIMEOUT_MS, () =>
      client.workflowService.describeNamespace({ namespace }),
    );
  } catch (cause) {
    throw new LifeboatError("UNAVAILABLE", `namespace "${namespace}" of your Temporal: ${messageOf(cause)}`, { cause });
  } finally {
    await client.connection.close();
  }
}
