import { LifeboatError } from "../../base/errors.ts";
import { drillIsOver } from "../supervisor/drill-is-over.ts";
import { readIntent } from "../supervisor/intent.ts";

/** Two drills would measure each other. @throws CONFLICT naming the one that is under way */
export async function refuseSecondDrill(home: string): Promise<void> {
  const others = (await readIntent(home))?.holders.filter(({ pid }) => pid !== process.pid) ?? [];
  for (const { drillId } of others) {
    if (drillId === null || (await drillIsOver(home, drillId))) continue;
    const hint = `wait for its end, or bin/lifeboat abort ${drillId}`;
    throw new LifeboatError("CONFLICT", `drill ${drillId} is under way, and there is one at a time`, { hint });
  }
}
