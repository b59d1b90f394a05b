import type { LabState } from "../../contracts/lab.ts";
import { table } from "../table.ts";
import type { Status } from "./collect.ts";

export function renderStatus(status: Status): string {
  const processes = status.processes.map((each) => [each.name, each.state, String(each.pid ?? "-"), each.url ?? "-"]);
  const files = [
    ["control plane", status.armUrl ?? "-"],
    ["Temporal UI", status.temporalUiUrl ?? "-"],
    ["credentials", status.credentialsFile],
    ["clients' users", status.clientCredentialsFile ?? "-"],
    ["CA", status.caFile],
    ["bundles", status.bundlesFolder],
    ["logs", `${status.home}/logs`],
  ];
  const estate = status.estate ? renderEstate(status.estate) : `estate: unknown (${status.estateProblem})`;
  return [table([["process", "state", "pid", "url"], ...processes]), table(files), estate].join("\n\n");
}

function renderEstate(estate: LabState): string {
  if (estate.regions.length === 0) return "estate: empty";
  const regions = estate.regions.map((region) => [region.name, region.available ? "available" : "DOWN"]);
  const caches = estate.caches.map((each) => [
    each.cache,
    each.region,
    each.role,
    each.running ? "running" : "STOPPED",
  ]);
  const endpoints = estate.endpoints.map((each) => [
    each.from,
    each.cache,
    `${each.endpoint.tls ? "rediss" : "redis"}://${each.endpoint.host}:${each.endpoint.port}`,
  ]);
  return [
    table([["region", "state"], ...regions]),
    table([["cache", "region", "role", "state"], ...caches]),
    table([["from", "cache", "endpoint"], ...endpoints]),
  ].join("\n\n");
}
