import { EDGE } from "../../../contracts/endpoint.ts";
import type { Fault } from "../../../contracts/fault.ts";
import { conditionFault } from "./condition-fault.ts";

type Outage = Extract<Fault, { kind: "region-outage" }>;

/** Cuts a region from every other place; inside it everything still reaches each other. */
export const isolation = conditionFault<Outage>(({ region }, links) => {
  const places = new Set([EDGE, ...links.flatMap((link) => [link.from, link.to])]);
  places.delete(region);
  return {
    // A partition has no direction: one selector per other place covers the links of both.
    selectors: [...places].map((place) => ({ from: region, to: place, path: "all" as const })),
    effect: { kind: "partition" },
  };
});
