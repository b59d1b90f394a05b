import { messageOf } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import { register } from "../../base/registration.ts";
import { signalProcess } from "../../base/processes.ts";
import { createBackOff } from "./back-off.ts";
import { findRunning, type Running } from "./find-running.ts";
import { launch, logFileOf } from "./launch.ts";
import type { Service } from "./service.ts";

/** A process that lives but answers no health check for this long is ended and started again. */
const HUNG_AFTER_MS = 20_000;
/** A freshly started process may take this long until it first answers. */
const STARTING_MS = 45_000;

export type Supervised = { readonly name: string; readonly tick: () => Promise<void> };

/**
 * Keeps one service running: adopts a live process, starts a dead one after a growing wait, replaces a hung one.
 * `tick` is to be called a few times a second and never throws.
 */
export function supervise(home: string, service: Service, log: Logger): Supervised {
  const backOff = createBackOff();
  let unhealthySinceMs: number | undefined;
  let everHealthyPid: number | undefined;

  async function start(): Promise<void> {
    if (!backOff.due(performance.now())) return;
    unhealthySinceMs = undefined;
    const identity = await launch(home, await service.spec());
    log.info({ service: service.name, pid: identity.pid }, "started");
    if (!service.foreignUrl) return;
    const url = await service.foreignUrl();
    await register(home, { name: service.name, ...identity, url, logFile: logFileOf(home, service.name) });
  }

  async function check(running: Running): Promise<void> {
    const nowMs = performance.now();
    if (running.registration && (await service.healthy(running.registration))) {
      everHealthyPid = running.identity.pid;
      unhealthySinceMs = undefined;
      backOff.seenHealthy(nowMs);
      return;
    }
    unhealthySinceMs ??= nowMs;
    const patienceMs = everHealthyPid === running.identity.pid ? HUNG_AFTER_MS : STARTING_MS;
    if (nowMs - unhealthySinceMs < patienceMs) return;
    log.warn({ service: service.name, pid: running.identity.pid }, "hung: ended");
    unhealthySinceMs = undefined;
    signalProcess(running.identity, "SIGKILL");
  }

  return {
    name: service.name,
    async tick() {
      try {
        const running = await findRunning(home, service.name);
        await (running ? check(running) : start());
      } catch (error) {
        log.error({ service: service.name, error: messageOf(error) }, "could not be started");
      }
    },
  };
}
