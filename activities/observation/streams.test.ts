import { describe, expect, it } from "vitest";
import { sessionSpecSchema } from "../../contracts/observer.ts";
import { loadScenario } from "../../scenarios/load.ts";
import { cacheGroup, serviceGroups } from "./streams.ts";

describe("the streams of a scenario", () => {
  it("are such that the observer takes them, however long the names of regions and caches are", async () => {
    const { scenario } = await loadScenario("region-outage");
    const long = (letter: string): string => letter.repeat(40);
    const regions = scenario.topology.regions.map((region, index) => ({ ...region, name: long(index ? "s" : "r") }));
    const renamed = { ...scenario, topology: { ...scenario.topology, regions } };
    const login = { endpoint: { host: "127.0.0.1", port: 1, tls: false }, username: "u", password: "p" };
    const views = regions.map(({ name: region }) => ({ region, cache: long("c"), login }));
    const groups = [...serviceGroups(renamed, "http://127.0.0.1:1"), cacheGroup(renamed, views)];
    const spec = { groups, outFolder: "/tmp/nowhere", maxDurationMs: 1000 };
    expect(sessionSpecSchema.safeParse(spec).error).toBeUndefined();
  });
});
