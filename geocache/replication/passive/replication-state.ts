import { withAdmin, type AdminTarget } from "../../hosts/admin-connection.ts";

export type ReplicationState =
  | { readonly role: "primary" }
  | {
      readonly role: "secondary";
      readonly primaryHost: string;
      readonly primaryPort: number;
      readonly linkUp: boolean;
      readonly fullSyncInProgress: boolean;
    };

/** What the redis-server itself says about its role. Bounded by `timeoutMs`. */
export async function readReplicationState(target: AdminTarget, timeoutMs: number): Promise<ReplicationState> {
  return parseReplicationInfo(await withAdmin(target, timeoutMs, (redis) => redis.info("replication")));
}

export function parseReplicationInfo(info: string): ReplicationState {
  const fields = new Map(info.split("\r\n").map((line) => splitOnce(line)));
  if (fields.get("role") !== "slave") return { role: "primary" };
  return {
    role: "secondary",
    primaryHost: fields.get("master_host") ?? "",
    primaryPort: Number(fields.get("master_port")),
    linkUp: fields.get("master_link_status") === "up",
    fullSyncInProgress: fields.get("master_sync_in_progress") === "1",
  };
}

function splitOnce(line: string): [string, string] {
  const colon = line.indexOf(":");
  return [line.slice(0, colon), line.slice(colon + 1)];
}
