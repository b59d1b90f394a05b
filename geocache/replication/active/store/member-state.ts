import { z } from "zod";
import { endpointSchema } from "../../../../contracts/endpoint.ts";
import type { StreamPosition } from "../capture/attachment.ts";
import type { OriginId } from "../operation.ts";
import type { SecretNames } from "../secrets.ts";
import type { VersionVector } from "../version-vector.ts";
import type { RedisClient, Reply } from "./redis-client.ts";

/** What a syncer must find again after it was killed; it lies in the member's own redis. */
export type MemberState = {
  readonly origin: OriginId;
  readonly seq: number;
  readonly hlcUs: number;
  /** Where the stream is to be resumed, and in which database it stands there. */
  readonly position: StreamPosition & { readonly database: number };
  /** What had been applied at that position. */
  readonly seen: VersionVector;
  /** What has been applied by now. */
  readonly applied: VersionVector;
  /** What has to be done before it is open: catch up with the others, or first be compared with them. */
  readonly unfinished: Unfinished | undefined;
  readonly membership: Membership | undefined;
};

const unfinishedSchema = z.enum(["catch-up", "compare"]);
export type Unfinished = z.infer<typeof unfinishedSchema>;

const membershipSchema = z.object({
  epoch: z.int(),
  peers: z.array(z.object({ member: z.string(), endpoint: endpointSchema })).readonly(),
});

/** Everybody but this member itself. Ordered by the control plane: a higher epoch replaces a lower one. */
export type Membership = z.infer<typeof membershipSchema>;
export type Peer = Membership["peers"][number];

export type Fields = readonly string[];

export function positionFields(state: Pick<MemberState, "hlcUs" | "position" | "seen">): Fields {
  const { position } = state;
  return ["hlc", String(state.hlcUs), "position", JSON.stringify(position), "seen", vectorText(state.seen)];
}

/** `observedUs`: the latest time among what was applied; nothing that this member issues later may be earlier. */
export function appliedFields(applied: VersionVector, observedUs: number): Fields {
  return ["applied", vectorText(applied), "observed", String(observedUs)];
}

export function membershipFields(membership: Membership): Fields {
  return ["membership", JSON.stringify(membership)];
}

/** "" once there is nothing left to do. */
export function unfinishedFields(unfinished: Unfinished | undefined): Fields {
  return ["unfinished", unfinished ?? ""];
}

/** All of a state, for the function `begin`; `here`: its position is the one of that very moment. */
export function beginArguments(owner: string, state: MemberState, here: boolean): Fields {
  const membership = state.membership === undefined ? [] : membershipFields(state.membership);
  const fields = [...positionFields(state), ...appliedFields(state.applied, state.hlcUs), ...membership];
  return [owner, here ? "here" : "", "origin", state.origin, ...fields, ...unfinishedFields(state.unfinished)];
}

/** undefined: this redis has never been a member, or came back empty. */
export async function readState(redis: RedisClient, names: SecretNames): Promise<MemberState | undefined> {
  const reply = await redis.call("HGETALL", names.state);
  const fields = pairsOf(reply);
  const [origin, position] = [fields.get("origin"), fields.get("position")];
  if (origin === undefined || position === undefined) return undefined;
  return {
    origin,
    seq: Number(fields.get("seq") ?? "0"),
    hlcUs: Math.max(Number(fields.get("hlc") ?? "0"), Number(fields.get("observed") ?? "0")),
    position: parsePosition(position),
    seen: parseVector(fields.get("seen")),
    applied: parseVector(fields.get("applied")),
    unfinished: unfinishedSchema.safeParse(fields.get("unfinished")).data,
    membership: parseMembership(fields.get("membership")),
  };
}

export function vectorText(vector: VersionVector): string {
  return JSON.stringify([...vector]);
}

/** Written by this code alone; anything else in its place is a defect and throws. */
export function parseVector(text: string | undefined): VersionVector {
  const entries: unknown = JSON.parse(text ?? "[]");
  if (!Array.isArray(entries)) throw new TypeError("a version vector is a list of pairs");
  return new Map(entries.map((entry: unknown) => pairOf(entry)));
}

function pairOf(entry: unknown): [OriginId, number] {
  if (!Array.isArray(entry) || typeof entry[0] !== "string" || typeof entry[1] !== "number") {
    throw new TypeError("an entry of a version vector is an origin and a sequence");
  }
  return [entry[0], entry[1]];
}

function parseMembership(text: string | undefined): Membership | undefined {
  return text === undefined ? undefined : membershipSchema.parse(JSON.parse(text));
}

function parsePosition(text: string): MemberState["position"] {
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null) throw new TypeError("a position is an object");
  const { replicationId, offset, database } = value as Record<string, unknown>;
  if (typeof replicationId !== "string" || typeof offset !== "number" || typeof database !== "number") {
    throw new TypeError("a position has a replication id, an offset and a database");
  }
  return { replicationId, offset, database };
}

function pairsOf(reply: Reply): Map<string, string> {
  const fields = new Map<string, string>();
  if (!Array.isArray(reply)) return fields;
  for (let at = 0; at + 1 < reply.length; at += 2) fields.set(String(reply[at]), String(reply[at + 1]));
  return fields;
}
