import { readFile } from "node:fs/promises";
import os from "node:os";

const CLOCK_SOURCE = "/sys/devices/system/clocksource/clocksource0/current_clocksource";

/** The machine, and the account that records on it: what an auditor asks first and nobody remembers later. */
export async function describeMachine(): Promise<Record<string, unknown>> {
  const cpus = os.cpus();
  return {
    operator: { account: os.userInfo().username, host: os.hostname() },
    os: await osName(),
    kernel: `${os.type()} ${os.release()}`,
    clockSource: (await text(CLOCK_SOURCE))?.trim() ?? "not recorded",
    platform: process.platform,
    arch: process.arch,
    node: process.version,
    cpus: cpus.length,
    cpuModel: cpus[0]?.model ?? "unknown",
    memoryBytes: os.totalmem(),
  };
}

async function osName(): Promise<string> {
  const release = (await text("/etc/os-release")) ?? "";
  return /^PRETTY_NAME="?([^"\n]+)"?$/m.exec(release)?.[1] ?? os.version();
}

async function text(file: string): Promise<string | undefined> {
  return readFile(file, "utf8").catch(() => undefined);
}
