import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import path from "node:path";
import { identityOf, type ProcessIdentity } from "../../base/processes.ts";
import { ESTATE_MARK } from "./launch.ts";

/**
 * Every live process that belongs to a home without being known by name: it carries the home's mark in its
 * environment, or is a redis-server (which overwrites its environment) that runs in a folder below the home.
 * On systems without /proc nothing is found, and only registered processes are ended.
 */
export function leftoverProcesses(home: string): ProcessIdentity[] {
  return pids().flatMap((pid) => {
    if (!belongsTo(pid, home)) return [];
    return identityOf(pid) ?? [];
  });
}

function pids(): number[] {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

function belongsTo(pid: number, home: string): boolean {
  try {
    if (readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(`${ESTATE_MARK}=${home}`)) return true;
    const command = path.basename(readlinkSync(`/proc/${pid}/exe`));
    return /^(redis|valkey)/.test(command) && isBelow(readlinkSync(`/proc/${pid}/cwd`), home);
  } catch {
    return false;
  }
}

function isBelow(folder: string, home: string): boolean {
  const relative = path.relative(home, folder);
  return relative === "" || (!relative.startsWith("..") && !path.isAbsolute(relative));
}
