import { fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { waitFor } from "../../base/waits.ts";
import type { WitnessCommand, WitnessReport } from "./witness-main.ts";

export const outageModes = ["kill", "freeze", "isolate"] as const;
export type OutageMode = (typeof outageModes)[number];
/** The service went down between `from` and `by`, and came up again between `upFrom` and `upBy`. Milliseconds. */
export type Truth = {
  readonly downFromMs: number;
  readonly downByMs: number;
  readonly upFromMs: number;
  readonly upByMs: number;
};
type Span = { readonly fromMs: number; readonly byMs: number };

export type Witness = {
  readonly port: number;
  outage(mode: OutageMode, forMs: number): Promise<Truth>;
  /** Whether the machine held the service up next to an outage for so long that it may have been another one. */
  wasHeldUp(truth: Truth, marginMs: number): boolean;
  end(): void;
};

const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6;
const reportWithinMs = 10_000;

/** Starts a service in a process of its own that keeps the book of its outages. */
export async function startWitness(): Promise<Witness> {
  const child = fork(new URL("witness-main.ts", import.meta.url));
  const pid = child.pid ?? 0;
  const stalls: Span[] = [];
  let port = 0;
  let last: Span | undefined;
  child.on("message", (report: WitnessReport) => {
    if (report.kind === "port") port = report.port;
    else if (report.kind === "stall") stalls.push(report);
    else last = report;
  });
  const reported = <T>(what: string, look: () => T | undefined | false): Promise<T> =>
    waitFor(look, { what, timeoutMs: reportWithinMs, intervalMs: 1 });
  const told = async (command: WitnessCommand): Promise<Span> => {
    last = undefined;
    child.send(command);
    return reported("the witness to act", () => last);
  };

  async function ordered(mode: WitnessCommand["mode"], forMs: number): Promise<Truth> {
    const down = await told({ act: "down", mode });
    await sleep(forMs);
    const up = await told({ act: "up", mode });
    return { downFromMs: down.fromMs, downByMs: down.byMs, upFromMs: up.fromMs, upByMs: up.byMs };
  }
  async function frozen(forMs: number): Promise<Truth> {
    const downFromMs = nowMs();
    process.kill(pid, "SIGSTOP");
    await reported("the witness to stand still", () => stateOf(pid) === "T");
    const downByMs = nowMs();
    await sleep(forMs);
    const upFromMs = nowMs();
    process.kill(pid, "SIGCONT");
    const woken = await reported("the witness to go on", () => stalls.find(({ byMs }) => byMs >= upFromMs));
    return { downFromMs, downByMs, upFromMs, upByMs: woken.byMs };
  }
  await reported("the witness to listen", () => port > 0);
  return {
    port,
    outage: (mode, forMs) => (mode === "freeze" ? frozen(forMs) : ordered(mode, forMs)),
    wasHeldUp: ({ downFromMs, upFromMs, upByMs }, marginMs) =>
      stalls.some(({ fromMs, byMs }) => {
        const isFreeze = fromMs <= downFromMs && byMs >= upFromMs;
        const isBefore = byMs > downFromMs - marginMs && fromMs < downFromMs;
        return !isFreeze && (isBefore || (fromMs > upByMs - 1 && fromMs < upByMs + marginMs));
      }),
    end: () => child.kill("SIGKILL"),
  };
}

function stateOf(pid: number): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[0];
}
