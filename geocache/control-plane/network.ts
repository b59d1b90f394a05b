import { z } from "zod";
import { createApiClient } from "../../base/http-client.ts";
import { serviceUrl } from "../../base/registration.ts";
import { linkListSchema, linkSchema, type LinkSpec } from "../../contracts/network.ts";
import type { Endpoint } from "../../contracts/endpoint.ts";

/** The links between the places, as far as the control plane uses them. Every call is bounded and repeatable. */
export type Network = {
  /** Makes or keeps the link; the answer is where it listens. @throws UNAVAILABLE */
  putLink(spec: LinkSpec): Promise<Endpoint>;
  removeLink(id: string): Promise<void>;
  listLinkIds(): Promise<string[]>;
};

/** The network process of the same home. */
export function createNetworkClient(home: string, token: string): Network {
  const client = createApiClient({ url: () => serviceUrl(home, "network"), token, timeoutMs: 2000 });
  const pathOf = (id: string): string => `/links/${encodeURIComponent(id)}`;
  return {
    async putLink(spec) {
      const link = await client.call({ method: "PUT", path: pathOf(spec.id), body: spec, answer: linkSchema });
      return link.endpoint;
    },
    async removeLink(id) {
      await client.call({ method: "DELETE", path: pathOf(id), answer: z.unknown() });
    },
    async listLinkIds() {
      const { links } = await client.call({ method: "GET", path: "/links", answer: linkListSchema });
      return links.map((link) => link.id);
    },
  };
}
