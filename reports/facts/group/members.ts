import { z } from "zod";
import { memberViewSchema } from "../../../contracts/groups.ts";
import type { BundleView } from "../../../evidence/view.ts";

/** What an event `membership.before` or `.after` of an active group holds of one member. */
const ownSchema = memberViewSchema.pick({ phase: true, epoch: true, members: true });
const armSchema = z.object({
  id: z.string(),
  provisioningState: z.string().optional(),
  geoReplication: z.object({ linkedDatabases: z.array(z.object({ id: z.string().optional() })).optional() }).optional(),
});
const seenSchema = z.object({
  change: z.string(),
  views: z.array(z.object({ cache: z.string(), raw: z.object({ arm: z.unknown(), own: z.unknown() }) })),
});
type Seen = z.infer<typeof seenSchema>;

function lookedAt(view: BundleView): readonly { readonly kind: "before" | "after"; readonly seen: Seen }[] {
  return view.events.flatMap(({ type, data }) => {
    if (type !== "membership.before" && type !== "membership.after") return [];
    const parsed = seenSchema.safeParse(data);
    const kind = type === "membership.before" ? "before" : "after";
    return parsed.success ? [{ kind, seen: parsed.data } as const] : [];
  });
}

/** Where a member is and what falls with it (A33). */
type MemberPlace = {
  readonly cache: string;
  readonly region: string;
  readonly resourceGroup: string;
  readonly resourceId: string;
};

export function blastRadius(view: BundleView): readonly MemberPlace[] {
  const ids = new Map<string, string>();
  for (const { seen } of lookedAt(view)) {
    for (const { cache, raw } of seen.views) {
      const arm = armSchema.safeParse(raw.arm);
      if (arm.success) ids.set(cache, arm.data.id);
    }
  }
  return placesOf(view).map(({ cache, region }) => {
    const resourceId = ids.get(cache) ?? "";
    const resourceGroup = /\/resourceGroups\/([^/]+)\//i.exec(resourceId)?.[1] ?? "";
    return { cache, region, resourceGroup, resourceId };
  });
}

function placesOf(view: BundleView): readonly { readonly cache: string; readonly region: string }[] {
  const caches = view.scenario?.topology.caches ?? [];
  if (caches.length > 0) return caches.map(({ name, region }) => ({ cache: name, region }));
  return (view.measures.active?.memory ?? []).map(({ member, region }) => ({ cache: member, region }));
}

/** One change of the group as each member saw it: two members that say different things stand side by side. */
export type SeenChange = {
  readonly change: string;
  readonly members: readonly { readonly cache: string; readonly before: string; readonly after: string }[];
};

export function seenChanges(view: BundleView): readonly SeenChange[] {
  const changes = new Map<string, { before?: Seen; after?: Seen }>();
  for (const { kind, seen } of lookedAt(view)) {
    changes.set(seen.change, { ...changes.get(seen.change), [kind]: seen });
  }
  return [...changes].map(([change, { before, after }]) => {
    const caches = new Set([...(before?.views ?? []), ...(after?.views ?? [])].map(({ cache }) => cache));
    const members = [...caches].map((cache) => ({
      cache,
      before: inWords(before, cache),
      after: inWords(after, cache),
    }));
    return { change, members };
  });
}

function inWords(seen: Seen | undefined, cache: string): string {
  const raw = seen?.views.find((one) => one.cache === cache)?.raw;
  if (raw === undefined) return "not recorded";
  const own = ownSchema.safeParse(raw.own);
  if (own.success) {
    const { epoch, phase, members } = own.data;
    return `epoch ${epoch}, ${phase}: ${members.join(", ")}`;
  }
  const why = z.object({ unreachable: z.string() }).safeParse(raw.own).data?.unreachable;
  return `could not be asked${why === undefined ? "" : `: ${why}`}`;
}
