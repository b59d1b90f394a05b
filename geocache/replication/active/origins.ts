import type { OriginId } from "./operation.ts";

/** The member of an origin: `<member>/<incarnation>`. */
export function memberOf(origin: OriginId): string {
  return origin.slice(0, origin.lastIndexOf("/"));
}

/** A new incarnation sorts behind every `known` one of the same member, also when the clock was set back. */
export function newOrigin(member: string, known: Iterable<OriginId> = []): OriginId {
  const latestMs = [...known]
    .filter((origin) => memberOf(origin) === member)
    .reduce((latest, origin) => Math.max(latest, startOf(origin)), 0);
  const random = Math.floor(Math.random() * 36 ** 4);
  return `${member}/${Math.max(Date.now(), latestMs + 1).toString(36)}-${random.toString(36).padStart(4, "0")}`;
}

function startOf(origin: OriginId): number {
  const [text = ""] = origin.slice(origin.lastIndexOf("/") + 1).split("-");
  const startMs = Number.parseInt(text, 36);
  return Number.isSafeInteger(startMs) ? startMs : 0;
}

/** The latest incarnation of each member that was heard of: what came under another one has nobody who adds to it. */
export class KnownOrigins {
  readonly #latest = new Map<string, OriginId>();

  note(origin: OriginId): void {
    const member = memberOf(origin);
    const latest = this.#latest.get(member);
    if (latest === undefined || origin > latest) this.#latest.set(member, origin);
  }

  noteAll(origins: Iterable<OriginId>): void {
    for (const origin of origins) this.note(origin);
  }

  /** `isMember`: whoever is in the group now. */
  isFormer(origin: OriginId, isMember: (member: string) => boolean): boolean {
    const member = memberOf(origin);
    return !isMember(member) || (this.#latest.get(member) ?? origin) !== origin;
  }
}
