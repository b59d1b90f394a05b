import type { RedisManagementClient } from "@azure/arm-rediscache";
import type { RedisEnterpriseManagementClient } from "@azure/arm-redisenterprisecache";
import type { Client } from "@temporalio/client";
import type { ApiClient } from "../base/http-client.ts";
import type { Credentials } from "../base/credentials.ts";

/** Everything an act may touch; tests give their own. */
export type ActivityDeps = {
  readonly home: string;
  readonly credentials: Credentials;
  readonly lab: ApiClient;
  readonly keeper: ApiClient;
  readonly observer: ApiClient;
  readonly ledger: ApiClient;
  readonly recorder: ApiClient;
  readonly routing: ApiClient;
  /** Made at each use: the control plane may have been restarted on another port. */
  readonly arm: () => Promise<RedisManagementClient>;
  /** The same for active groups. */
  readonly enterprise: () => Promise<RedisEnterpriseManagementClient>;
  readonly armScope: ArmScope;
  readonly frontDoorUrl: () => Promise<string>;
  readonly temporal: () => Promise<Client>;
};

export type ArmScope = { readonly subscriptionId: string; readonly resourceGroup: string };
