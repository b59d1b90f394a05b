import { EDGE, type Endpoint } from "../../contracts/endpoint.ts";
import type { LinkSpec } from "../../contracts/network.ts";
import { connectionsOf } from "./groups/membership.ts";
import type { GroupDoc } from "./groups/model.ts";
import type { CacheDoc, LinkDoc, RegionDoc, WorkloadDoc } from "./model.ts";

/** What the links are derived from. `directOf` knows caches that were ever started. */
export type Layout = {
  readonly regions: readonly RegionDoc[];
  readonly caches: readonly CacheDoc[];
  readonly geoLinks: readonly LinkDoc[];
  readonly groups: readonly GroupDoc[];
  readonly workloads: readonly WorkloadDoc[];
  readonly directOf: (cache: string) => Endpoint | undefined;
  readonly replicationListenHost: string;
};

export function clientLinkId(from: string, cache: string): string {
  return `clients:${from}:${cache}`;
}

export function workloadLinkId(workload: string): string {
  return `workload:${EDGE}:${workload}`;
}

export function replicationLinkId(link: Pick<LinkDoc, "primary" | "secondary">): string {
  return `replication:${link.secondary}:${link.primary}`;
}

/** From one member's syncer to another's. */
export function memberLinkId(from: string, to: string): string {
  return `replication:${from}:${to}`;
}

/** From the control plane to a member's syncer. */
export function controlLinkId(cache: string): string {
  return `control:${EDGE}:${cache}`;
}

/** Whether a link is of a kind that the control plane makes, and may therefore remove. */
export function isOwnLinkId(id: string): boolean {
  return /^(clients|workload|replication|control):/.test(id);
}

/**
 * Every link there must be: places × caches for clients, one per geo-link, one per workload from the edge; in a group
 * one from each member to each that it knows, and one from the control plane to each.
 */
export function wantedLinks(layout: Layout): LinkSpec[] {
  return [
    ...clientLinks(layout),
    ...replicationLinks(layout),
    ...workloadLinks(layout),
    ...memberLinks(layout),
    ...controlLinks(layout),
  ];
}

function clientLinks(layout: Layout): LinkSpec[] {
  const places = [EDGE, ...layout.regions.map((region) => region.name)];
  return layout.caches.flatMap((cache) => {
    const target = layout.directOf(cache.name);
    if (target === undefined) return [];
    return places.map((from) => ({
      id: clientLinkId(from, cache.name),
      path: "clients" as const,
      target,
      ...between(layout, from, cache.region),
      listenHost: "127.0.0.1",
    }));
  });
}

function replicationLinks(layout: Layout): LinkSpec[] {
  const regionOf = new Map(layout.caches.map((cache) => [cache.name, cache.region]));
  return layout.geoLinks.flatMap((link) => {
    const target = layout.directOf(link.primary);
    const from = regionOf.get(link.secondary);
    const to = regionOf.get(link.primary);
    if (target === undefined || from === undefined || to === undefined) return [];
    const listenHost = layout.replicationListenHost;
    return [{ id: replicationLinkId(link), path: "replication", target, ...between(layout, from, to), listenHost }];
  });
}

function workloadLinks(layout: Layout): LinkSpec[] {
  return layout.workloads.map((workload) => ({
    id: workloadLinkId(workload.name),
    path: "clients" as const,
    target: onLoopback(workload.port),
    ...between(layout, EDGE, workload.spec.region),
    listenHost: "127.0.0.1",
  }));
}

function memberLinks(layout: Layout): LinkSpec[] {
  const regionOf = new Map(layout.caches.map((cache) => [cache.name, cache.region]));
  return layout.groups.flatMap(connectionsOf).flatMap(({ from, to }) => {
    const port = portsOf(layout, to)?.exchange;
    const [fromRegion, toRegion] = [regionOf.get(from), regionOf.get(to)];
    if (port === undefined || fromRegion === undefined || toRegion === undefined) return [];
    const place = { target: onLoopback(port), ...between(layout, fromRegion, toRegion), listenHost: "127.0.0.1" };
    return [{ id: memberLinkId(from, to), path: "replication" as const, ...place }];
  });
}

function controlLinks(layout: Layout): LinkSpec[] {
  return layout.caches.flatMap((cache) => {
    const port = portsOf(layout, cache.name)?.control;
    if (port === undefined) return [];
    const place = { target: onLoopback(port), ...between(layout, EDGE, cache.region), listenHost: "127.0.0.1" };
    return [{ id: controlLinkId(cache.name), path: "clients" as const, ...place }];
  });
}

/** Syncers are processes of this machine on both hosts. */
function onLoopback(port: number): Endpoint {
  return { host: "127.0.0.1", port, tls: false };
}

function portsOf(layout: Layout, name: string): { exchange: number; control: number } | undefined {
  const cache = layout.caches.find((one) => one.name === name);
  return (cache?.service === "enterprise" ? cache.ports : null) ?? undefined;
}

function between(layout: Layout, from: string, to: string): { from: string; to: string; baseLatencyMs: number } {
  return { from, to, baseLatencyMs: wanLatencyMs(layout.regions, from, to) };
}

/** One way. Either end may have named the latency; a region is at no distance from itself. */
export function wanLatencyMs(regions: readonly RegionDoc[], from: string, to: string): number {
  if (from === to) return 0;
  const told = (of: string, about: string): number | undefined =>
    regions.find((region) => region.name === of)?.wanLatencyMs[about];
  return told(from, to) ?? told(to, from) ?? 0;
}
