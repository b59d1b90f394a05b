import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import { isAlive } from "../../base/processes.ts";
import { clearIntent, readIntent, releaseHolders, type Holder } from "./intent.ts";
import { drillIsOver } from "./drill-is-over.ts";
import { servicesOf } from "./services.ts";
import { stopEverything } from "./stop-everything.ts";
import { supervise } from "./supervise.ts";

const TICK_MS = 250;
/** How often it is asked whether drills whose command has gone are still running. */
const HOLDERS_EVERY_TICKS = 8;

export type Supervisor = { readonly stop: () => void; readonly ended: Promise<void> };

/** Supervises every service of the home until it is told to stop or nobody wants the processes any more. */
export function runSupervisor(options: { readonly home: string; readonly log: Logger }): Supervisor {
  const { home, log } = options;
  const supervised = servicesOf(home).map((service) => supervise(home, service, log));
  let stopped = false;

  async function loop(): Promise<void> {
    for (let ticks = 0; !stopped; ticks += 1) {
      if (!(await readIntent(home))) return;
      if (ticks % HOLDERS_EVERY_TICKS === 0 && !(await isWanted(home))) {
        log.info("nobody needs the processes any more");
        await clearIntent(home);
        await stopEverything(home, { except: process.pid });
        return;
      }
      await Promise.all(supervised.map((each) => each.tick()));
      await sleep(TICK_MS);
    }
  }

  const ended = loop().catch((error: unknown) => log.error({ error: messageOf(error) }, "ended by a defect"));
  return {
    stop: () => {
      stopped = true;
    },
    ended,
  };
}

/** Drops holders whose command has gone and whose drill, if it had one, has ended and left no fault. */
async function isWanted(home: string): Promise<boolean> {
  const intent = await readIntent(home);
  if (!intent) return false;
  const done: Holder[] = [];
  for (const holder of intent.holders) {
    if (!isAlive(holder) && (await drillIsOver(home, holder.drillId))) done.push(holder);
  }
  return releaseHolders(home, (holder) => done.some((each) => each.pid === holder.pid));
}
