import { afterAll, beforeAll, expect, it } from "vitest";
import { createProcessHost } from "../../hosts/process-host.ts";
import { createWorld, type World } from "../test-world.ts";

let world: World;

beforeAll(async () => {
  world = await createWorld(createProcessHost);
  await world.createCache("own");
});
afterAll(async () => {
  await world.close();
});

const workload = { region: "west", argv: ["-e", "0"] };
const refused = [
  ["PUT", "/lab/regions/No_Name", {}, "400 BAD_INPUT name"],
  ["PUT", "/lab/regions/edge", {}, "400 BAD_INPUT name"],
  ["PUT", "/lab/regions/west", { wanLatencyMs: { east: -1 } }, "400 BAD_INPUT wanLatencyMs.east"],
  ["PUT", "/lab/regions/west", { latency: 5 }, "400 BAD_INPUT (whole input)"],
  ["PUT", "/lab/regions/west/availability", { available: "no" }, "400 BAD_INPUT available"],
  ["PUT", "/lab/regions/nowhere/availability", { available: false }, "404 NOT_FOUND undefined"],
  ["PUT", "/lab/workloads/w", { ...workload, argv: [] }, "400 BAD_INPUT argv"],
  ["PUT", "/lab/workloads/w", { ...workload, port: 70_000 }, "400 BAD_INPUT port"],
  ["PUT", "/lab/workloads/w", { ...workload, region: "nowhere" }, "404 NOT_FOUND undefined"],
  ["GET", "/lab/resolve?from=west", undefined, "400 BAD_INPUT cache"],
  ["GET", "/lab/resolve?from=nowhere&cache=own", undefined, "404 NOT_FOUND undefined"],
  ["GET", "/lab/caches/absent/access", undefined, "404 NOT_FOUND undefined"],
  ["DELETE", "/lab/regions/west", undefined, "409 CONFLICT undefined"],
] as const;

it.each(refused)(
  "%s %s with %j is refused, names the field and changes nothing",
  async (method, path, body, expected) => {
    const before = await world.lab("GET", "/lab/state");
    const answer = await fetch(`${world.labUrl}${path}`, {
      method,
      headers: {
        authorization: "Bearer lab-token",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const { error } = (await answer.json()) as { error: { code: string; field?: string; message: string } };
    expect(`${answer.status} ${error.code} ${error.field}`).toBe(expected);
    expect(error.message).not.toBe("");
    expect(await world.lab("GET", "/lab/state")).toEqual(before);
  },
);
