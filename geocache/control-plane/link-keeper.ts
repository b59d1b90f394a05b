import { LifeboatError } from "../../base/errors.ts";
import type { Endpoint } from "../../contracts/endpoint.ts";
import type { LinkSpec } from "../../contracts/network.ts";
import type { Network } from "./network.ts";
import { isOwnLinkId } from "./wanted-links.ts";

/** How often the network is asked whether it still has what it was given. */
const CONFIRM_EVERY_MS = 5000;

export type LinkKeeper = {
  /** Makes the missing links and removes the ones no longer wanted. @throws UNAVAILABLE */
  ensure(): Promise<void>;
  /** Where a link listens. Makes it when it is wanted and missing. @throws NOT_FOUND, UNAVAILABLE */
  endpointOf(id: string): Promise<Endpoint>;
};

type Confirmed = { readonly asked: string; readonly endpoint: Endpoint };

/** Holds the network process to the links that the estate wants. */
export function createLinkKeeper(network: Network, wanted: () => Promise<LinkSpec[]>): LinkKeeper {
  const confirmed = new Map<string, Confirmed>();
  let confirmedAtMs = -Infinity;

  async function put(spec: LinkSpec): Promise<Endpoint> {
    const asked = JSON.stringify(spec);
    const known = confirmed.get(spec.id);
    if (known?.asked === asked) return known.endpoint;
    const endpoint = await network.putLink(spec);
    confirmed.set(spec.id, { asked, endpoint });
    return endpoint;
  }

  /** Forgets what the network has lost, and removes what nobody wants. */
  async function compare(specs: readonly LinkSpec[]): Promise<void> {
    const ids = new Set(await network.listLinkIds());
    const wantedIds = new Set(specs.map((spec) => spec.id));
    for (const id of confirmed.keys()) if (!ids.has(id)) confirmed.delete(id);
    for (const id of ids) if (!wantedIds.has(id) && isOwnLinkId(id)) await remove(id);
    confirmedAtMs = performance.now();
  }

  async function remove(id: string): Promise<void> {
    await network.removeLink(id);
    confirmed.delete(id);
  }

  return {
    async ensure() {
      const specs = await wanted();
      const wantedIds = new Set(specs.map((spec) => spec.id));
      const stale = [...confirmed.keys()].some((id) => !wantedIds.has(id));
      if (stale || performance.now() - confirmedAtMs > CONFIRM_EVERY_MS) await compare(specs);
      await Promise.all(specs.map(put));
    },
    async endpointOf(id) {
      const spec = (await wanted()).find((link) => link.id === id);
      if (spec === undefined) throw new LifeboatError("NOT_FOUND", `there is no link ${id}`);
      return await put(spec);
    },
  };
}
