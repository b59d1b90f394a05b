import { messageOf } from "../../../../base/errors.ts";
import { ask, askStanding, type Asking } from "../exchange/question.ts";
import type { Standing } from "../exchange/messages.ts";
import type { SecretNames } from "../secrets.ts";
import { newOrigin } from "../origins.ts";
import type { OriginId } from "../operation.ts";
import { readState, type Membership, type MemberState } from "../store/member-state.ts";
import type { RedisClient } from "../store/redis-client.ts";
import { withProgress, type VersionVector } from "../version-vector.ts";
import { loadSnapshot } from "./own-master.ts";

export type JoinInput = {
  readonly member: string;
  readonly token: string;
  readonly names: SecretNames;
  readonly redis: RedisClient;
  readonly hostForRedis: string;
  readonly membership: Membership;
  /** The membership has changed, or this member is to begin otherwise. */
  readonly signal: AbortSignal;
};

export type Joined = {
  readonly state: MemberState;
  readonly donor: string;
  readonly lost: Lost | undefined;
};

/** Of a former incarnation: what it had issued and nobody that answered has. */
export type Lost = { readonly origin: OriginId; readonly operations: number };

const STANDING_STALL_MS = 1000;
const SNAPSHOT_STALL_MS = 10_000;

/** Why nobody gave anything. */
export type NotJoined = { readonly reasons: readonly string[] };

/**
 * Takes over the group's data from whoever is open, one donor after the other until one of them has given all of it.
 * What the redis held before is gone as soon as a donor has begun.
 */
export async function join(input: JoinInput): Promise<Joined | NotJoined> {
  const reasons: string[] = [];
  const standings = await standingsOf(input, (reason) => reasons.push(reason));
  for (const { member, endpoint } of input.membership.peers) {
    if (standings.get(member)?.open !== true || input.signal.aborted) continue;
    const asking = askingOf(input, endpoint);
    try {
      await loadSnapshot(input.redis, input.hostForRedis, (onPart) =>
        takeSnapshot({ asking, signal: input.signal }, onPart),
      );
      const donated = await readState(input.redis, input.names);
      if (donated !== undefined) return joined(input, { donor: member, donated, standings });
    } catch (error) {
      reasons.push(`${member}: ${messageOf(error)}`);
    }
  }
  return { reasons };
}

/** How everybody who answers stands. Whoever is asked relies no more on what this member has acknowledged. */
export async function standingsOf(
  input: Pick<JoinInput, "member" | "token" | "membership">,
  onUnanswered: (reason: string) => void = () => undefined,
): Promise<Map<string, Standing>> {
  const answers = input.membership.peers.map(async ({ member, endpoint }) => {
    try {
      return [[member, await askStanding(askingOf(input, endpoint), STANDING_STALL_MS)] as const];
    } catch (error) {
      onUnanswered(`${member}: ${messageOf(error)}`);
      return [];
    }
  });
  return new Map((await Promise.all(answers)).flat());
}

export function askingOf(
  { member, token, membership }: Pick<JoinInput, "member" | "token" | "membership">,
  endpoint: Asking["endpoint"],
): Asking {
  return { member, token, epoch: membership.epoch, endpoint };
}

type From = { readonly asking: Asking; readonly signal: AbortSignal };

async function takeSnapshot({ asking, signal }: From, onPart: (bytes: Buffer) => Promise<void>): Promise<void> {
  await ask({
    ...asking,
    signal,
    wants: "snapshot",
    stallMs: SNAPSHOT_STALL_MS,
    onPart: async (frame) => {
      if (frame.kind !== "snapshot") throw new Error("this is no part of a snapshot");
      await onPart(frame.bytes);
    },
  });
}

type Taken = {
  readonly donor: string;
  readonly donated: MemberState;
  readonly standings: ReadonlyMap<string, Standing>;
};

/** A new incarnation that has what the donor had; its log, which came with the data, is this one's now. */
function joined({ member, membership }: JoinInput, { donor, donated, standings }: Taken): Joined {
  const applied = withProgress(donated.applied, donated.origin, donated.seq);
  const others = [...standings.values()];
  const known = [...applied.keys(), ...others.flatMap((standing) => standing.applied.map(([origin]) => origin))];
  const state: MemberState = {
    origin: newOrigin(member, known),
    seq: 0,
    hlcUs: donated.hlcUs,
    position: { replicationId: "", offset: 0, database: 0 },
    seen: applied,
    applied,
    unfinished: "catch-up",
    membership,
  };
  return { state, donor, lost: lostOf(others, applied) };
}

function lostOf(standings: readonly Standing[], applied: VersionVector): Lost | undefined {
  const last = standings
    .flatMap(({ heard }) => heard ?? [])
    .reduce<{ origin: string; issued: number } | undefined>(
      (latest, one) => (latest === undefined || later(one, latest) ? one : latest),
      undefined,
    );
  if (last === undefined) return undefined;
  const vectors = [applied, ...standings.map((standing) => new Map(standing.applied))];
  const kept = Math.max(...vectors.map((vector) => vector.get(last.origin) ?? 0));
  return last.issued > kept ? { origin: last.origin, operations: last.issued - kept } : undefined;
}

function later(one: { origin: string; issued: number }, other: { origin: string; issued: number }): boolean {
  return one.origin === other.origin ? one.issued > other.issued : one.origin > other.origin;
}
