import { USER_REGION_HEADER } from "../../contracts/routing.ts";
import type { Scenario } from "../../scenarios/schema.ts";

const WARM_UP_MS = 2500;

/**
 * Sends users' requests one after the other before anything is measured: processes that have just started are slow for
 * their first thousand requests, and the baseline must show the service as it is, not its start. Failures are left to
 * the baseline to find.
 */
export async function warmUp(frontDoor: string, scenario: Scenario): Promise<void> {
  const untilMs = performance.now() + WARM_UP_MS;
  const regions = scenario.topology.regions.map(({ name }) => name);
  await Promise.all(
    regions.map(async (region) => {
      for (let n = 0; performance.now() < untilMs; n += 1)
        await request(frontDoor, region, n % 2 === 0 ? "GET" : "PUT");
    }),
  );
}

async function request(frontDoor: string, region: string, method: "GET" | "PUT"): Promise<void> {
  const headers = { [USER_REGION_HEADER]: region };
  const signal = AbortSignal.timeout(1000);
  try {
    await (await fetch(new URL("/probe", frontDoor), { method, headers, signal })).arrayBuffer();
  } catch {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
