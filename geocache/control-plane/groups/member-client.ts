import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { createApiClient, type ApiClient } from "../../../base/http-client.ts";
import { LifeboatError } from "../../../base/errors.ts";
import { EDGE } from "../../../contracts/endpoint.ts";
import { conflictPageSchema, memberViewSchema, type ConflictPage, type MemberView } from "../../../contracts/groups.ts";
import { leaveAnswerSchema, type MembershipOrder } from "../../replication/active/member/api.ts";
import type { LinkKeeper } from "../link-keeper.ts";
import type { Store } from "../store.ts";
import { controlLinkId, wanLatencyMs } from "../wanted-links.ts";

/** What a partition or a dead region cannot hold up for longer, beside the way there and back. */
const VIEW_TIMEOUT_MS = 300;
/** Before a request is refused because a member is not there, it gets this long to answer. */
const PATIENCE_MS = 3000;
const PAUSE_MS = 100;
const ORDER_TIMEOUT_MS = 3000;
const WIPE_TIMEOUT_MS = 10_000;
const START_TIMEOUT_MS = 10_000;

export type MemberClient = ReturnType<typeof createMemberClient>;

/** The control plane's words with members, each over its link from the edge. Every call is bounded and repeatable. */
export function createMemberClient(store: Store, links: LinkKeeper) {
  function api(cache: string): ApiClient {
    return createApiClient({
      async url() {
        const { host, port } = await links.endpointOf(controlLinkId(cache));
        return `http://${host}:${port}`;
      },
      token: tokenFor(store, cache),
    });
  }

  type Post = { readonly path: string; readonly body: unknown; readonly timeoutMs: number };
  const post = async (cache: string, call: Post): Promise<unknown> =>
    await api(cache).call({ method: "POST", answer: z.unknown(), ...call });

  /** Null when the member cannot be asked over the network as it is now. */
  async function view(cache: string): Promise<MemberView | null> {
    const timeoutMs = VIEW_TIMEOUT_MS + 2 * latencyMs(store, cache);
    const call = { method: "GET", path: "/view", answer: memberViewSchema, timeoutMs } as const;
    return await Promise.resolve()
      .then(() => api(cache).call(call))
      .catch(() => null);
  }

  /** One that is busy may miss a first question; one that is dead or cut off is asked for in vain until then. */
  async function patientView(cache: string): Promise<MemberView | null> {
    const deadlineMs = performance.now() + PATIENCE_MS;
    for (;;) {
      const found = await view(cache);
      if (found?.phase === "open" || performance.now() > deadlineMs) return found;
      await sleep(PAUSE_MS);
    }
  }

  return {
    patientView,
    view,
    conflicts: async (cache: string, after: number): Promise<ConflictPage> => {
      const path = `/conflicts?after=${after}`;
      return await api(cache).call({ method: "GET", path, answer: conflictPageSchema, timeoutMs: ORDER_TIMEOUT_MS });
    },
    /** @throws UNAVAILABLE; STALE_TOKEN when the member knows of a later membership */
    async order(cache: string, body: MembershipOrder): Promise<void> {
      const path = "/membership";
      await api(cache).call({ method: "PUT", path, body, answer: z.unknown(), timeoutMs: ORDER_TIMEOUT_MS });
    },
    /** Closes the member and answers how many of its operations some peer still lacks after `timeoutMs`. */
    async leave(cache: string, timeoutMs: number): Promise<number> {
      const call = { method: "POST", path: "/leave", body: { timeoutMs }, answer: leaveAnswerSchema } as const;
      return (await api(cache).call({ ...call, timeoutMs: timeoutMs + ORDER_TIMEOUT_MS })).unacknowledged;
    },
    pause: async (cache: string, holdMs: number) => {
      const body = { step: "pause", holdMs, byMs: Date.now() + ORDER_TIMEOUT_MS };
      return await post(cache, { path: "/flush", body, timeoutMs: ORDER_TIMEOUT_MS });
    },
    resume: async (cache: string) => {
      const body = { step: "resume", byMs: Date.now() + ORDER_TIMEOUT_MS };
      return await post(cache, { path: "/flush", body, timeoutMs: ORDER_TIMEOUT_MS });
    },
    wipe: async (cache: string, membership: MembershipOrder) =>
      await post(cache, { path: "/flush", body: { step: "wipe", membership }, timeoutMs: WIPE_TIMEOUT_MS }),
    startEmpty: async (cache: string) =>
      await post(cache, { path: "/start-empty", body: {}, timeoutMs: START_TIMEOUT_MS }),
  };
}

function latencyMs(store: Store, cache: string): number {
  const region = store.caches.get(cache)?.region;
  return region === undefined ? 0 : wanLatencyMs(store.regions.all(), EDGE, region);
}

function tokenFor(store: Store, cache: string): string {
  const doc = store.caches.get(cache);
  const nickname = doc?.service === "enterprise" ? doc.group : null;
  const group = nickname === null ? undefined : store.groups.get(nickname);
  if (group === undefined) throw new LifeboatError("NOT_FOUND", `${cache} is in no group`);
  return group.controlToken;
}
