import { compare } from "../join/compare.ts";
import { askingOf, join, standingsOf, type Lost } from "../join/join.ts";
import { covers, type VersionVector } from "../version-vector.ts";
import type { Incarnation } from "./incarnation.ts";
import type { Presence } from "./presence.ts";

/** A peer that was there a moment ago may hold what nobody else has; one that stays away does not keep this one shut. */
const PEER_PATIENCE_MS = 3000;

/** The way of a member to being open: it joins, or is compared with the others, and catches up. */
export class Opening {
  readonly #presence: Presence;
  #joining = new AbortController();
  /** What the others had when this one had come so far: it opens once it has as much. */
  #target:
    | { readonly of: Incarnation; readonly vectors: ReadonlyMap<string, VersionVector>; readonly atMs: number }
    | undefined;

  constructor(presence: Presence) {
    this.#presence = presence;
  }

  /** Whatever is being taken over is not wanted any more. */
  abort(): void {
    this.#joining.abort();
  }

  /** One step further. */
  async advance(): Promise<void> {
    const { incarnation, unfinished } = this.#presence;
    if (incarnation === undefined) await this.#join();
    else if (unfinished === "compare") await this.#compare(incarnation);
    else if (unfinished === "catch-up") await this.#catchUp(incarnation);
  }

  /** The others' logs do not reach back to where this member stands: it takes everything over anew, if it can. */
  async joinAgain(origin: string): Promise<void> {
    const { incarnation } = this.#presence;
    const standings = await this.#standings();
    if (![...standings.values()].some(({ open }) => open)) return;
    await this.#presence.steps(async () => {
      if (incarnation === undefined || this.#presence.incarnation !== incarnation) return;
      this.#presence.rest();
      await this.#presence.enter("joining", `the others' logs do not hold all operations of ${origin} that it lacks`);
    });
  }

  async #join(): Promise<void> {
    const presence = this.#presence;
    await presence.steps(async () => {
      const { membership } = presence.peers;
      if (presence.incarnation !== undefined || presence.stopped) return;
      if (membership.epoch === 0) return void (presence.detail = "waits to be told who is in the group");
      if (membership.peers.length === 0) return await presence.beginEmpty(membership);
      this.#joining = new AbortController();
      const { member, token, names, listen } = presence.input;
      const hostForRedis = presence.input.hostForRedis ?? listen.host;
      const { signal } = this.#joining;
      const joined = await join({ member, token, names, redis: presence.redis, hostForRedis, membership, signal });
      if ("reasons" in joined) {
        return void (presence.detail = ["nobody whom it could join is open", ...joined.reasons].join("; "));
      }
      presence.detail = `joined from ${joined.donor}${lostText(joined.lost)}`;
      await presence.beginJoined(joined.state);
    });
  }

  async #compare(incarnation: Incarnation): Promise<void> {
    const presence = this.#presence;
    const { member, token, redis: target } = presence.input;
    const { membership } = presence.peers;
    const askings = membership.peers.map(({ endpoint }) => askingOf({ member, token, membership }, endpoint));
    const compared = await compare({
      target,
      askings,
      sayAnew: (keys) => presence.steps(() => incarnation.sayAnew(keys)),
    });
    if (compared === undefined) return void (presence.detail = "its stream broke off; nobody can be compared with");
    presence.detail = `its stream broke off: ${compared.shown} keys were said anew, ${compared.gone} were gone`;
    await presence.finish("catch-up");
  }

  async #catchUp(incarnation: Incarnation): Promise<void> {
    const { vectors, atMs } = await this.#targetOf(incarnation);
    const isPatient = performance.now() - atMs < PEER_PATIENCE_MS;
    for (const [member, vector] of vectors) {
      const mayCome = isPatient || this.#presence.peers.isConnected(member);
      if (mayCome && !covers(incarnation.applied, vector, incarnation.origin)) return;
    }
    await this.#presence.finish(undefined);
    await this.#presence.enter("open");
  }

  async #targetOf(incarnation: Incarnation) {
    if (this.#target?.of === incarnation) return this.#target;
    const standings = await this.#standings();
    const vectors = new Map([...standings].map(([member, { applied }]) => [member, new Map(applied)]));
    this.#target = { of: incarnation, vectors, atMs: performance.now() };
    return this.#target;
  }

  async #standings() {
    return await standingsOf({ ...this.#presence.input, membership: this.#presence.peers.membership });
  }
}

function lostText(lost: Lost | undefined): string {
  return lost === undefined ? "" : `; ${lost.operations} operations of ${lost.origin} are lost`;
}
