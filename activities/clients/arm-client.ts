import { readFile } from "node:fs/promises";
import path from "node:path";
import { RedisManagementClient, type RedisManagementClientOptionalParams } from "@azure/arm-rediscache";
import { RedisEnterpriseManagementClient } from "@azure/arm-redisenterprisecache";
import type { TokenCredential } from "@azure/core-auth";
import { serviceUrl } from "../../base/registration.ts";
import type { ArmScope } from "../deps.ts";

const LOCAL_SUBSCRIPTION = "00000000-0000-4000-8000-000000000001";
const LOCAL_RESOURCE_GROUP = "lifeboat";

type Env = Readonly<Record<string, string | undefined>>;

/** Where the caches live: real Azure when `LIFEBOAT_AZURE=1`, else the local control plane. */
export function armScope(env: Env = process.env): ArmScope {
  return {
    subscriptionId: env["AZURE_SUBSCRIPTION_ID"] ?? LOCAL_SUBSCRIPTION,
    resourceGroup: env["LIFEBOAT_RESOURCE_GROUP"] ?? LOCAL_RESOURCE_GROUP,
  };
}

/** The official client of passive caches; against the local control plane only endpoint, CA and credential differ. */
export async function createArmClient(home: string, token: string): Promise<RedisManagementClient> {
  const { credential, options } = await access(home, token);
  return new RedisManagementClient(credential, armScope().subscriptionId, options);
}

/** The official client of active groups, made in the same way. */
export async function createEnterpriseClient(home: string, token: string): Promise<RedisEnterpriseManagementClient> {
  const { credential, options } = await access(home, token);
  return new RedisEnterpriseManagementClient(credential, armScope().subscriptionId, options);
}

type Access = { readonly credential: TokenCredential; readonly options: RedisManagementClientOptionalParams };

async function access(home: string, token: string): Promise<Access> {
  if (process.env["LIFEBOAT_AZURE"] !== "1") {
    return { credential: fixedCredential(token), options: await localOptions(home) };
  }
  const { DefaultAzureCredential } = await import("@azure/identity");
  return { credential: new DefaultAzureCredential(), options: {} };
}

async function localOptions(home: string): Promise<RedisManagementClientOptionalParams> {
  return {
    endpoint: await serviceUrl(home, "geocache-arm"),
    tlsOptions: { ca: await readFile(path.join(home, "ca", "ca.pem"), "utf8") },
    retryOptions: { maxRetries: 2, retryDelayInMs: 50, maxRetryDelayInMs: 500 },
  };
}

function fixedCredential(token: string): TokenCredential {
  const oneDayMs = 86_400_000;
  return { getToken: () => Promise.resolve({ token, expiresOnTimestamp: Date.now() + oneDayMs }) };
}
