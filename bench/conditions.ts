import { execFileSync } from "node:child_process";
import { arch, cpus, loadavg, platform, release, totalmem } from "node:os";
import { findProgram } from "./find-program.ts";

/** What figures are worth nothing without. */
export type Conditions = {
  readonly at: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly system: string;
  readonly node: string;
  readonly redis: string;
  readonly haproxy: string;
  /** Over the last minute before the run: what else was going on. */
  readonly loadAverage: number;
};

export function conditionsNow(): Conditions {
  return {
    at: new Date().toISOString(),
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 1e9),
    system: `${platform()} ${release()} ${arch()}`,
    node: process.versions.node,
    redis: versionOf(process.env["LIFEBOAT_REDIS_SERVER"] ?? "redis-server", ["--version"], /v=(\S+)/),
    haproxy: versionOf(findProgram("haproxy") ?? "haproxy", ["-v"], /version (\S+)/),
    loadAverage: loadavg()[0] ?? NaN,
  };
}

function versionOf(program: string, args: readonly string[], pattern: RegExp): string {
  try {
    const said = execFileSync(program, [...args], { encoding: "utf8", timeout: 5000 });
    return pattern.exec(said)?.[1] ?? "unknown";
  } catch {
    return "not installed";
  }
}
