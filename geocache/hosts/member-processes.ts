import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { readJson, writeFileAtomic } from "../../base/files.ts";
import { projectRoot } from "../../base/paths.ts";
import { isAlive, signalProcess, type ProcessIdentity } from "../../base/processes.ts";
import { waitFor } from "../../base/waits.ts";
import type { RegionMember } from "../../contracts/lab.ts";
import type { MemberConfig } from "../replication/active/member/api.ts";
import { spawnDetached } from "./spawn-detached.ts";

/** Beside each member's redis: the syncer, and the pulse that tells it the time. */
const programs = { syncer: "main.ts", pulse: "pulse-main.ts" } as const;
type Part = keyof typeof programs;
const parts = Object.keys(programs) as readonly Part[];

const memberFolder = path.join(import.meta.dirname, "../replication/active/member");
const STOP_TIMEOUT_MS = 5000;
const recordSchema = z.object({ pid: z.number(), startedAt: z.string() });

/** The processes beside the members' redis-servers. They outlive whoever started them and are found again by record. */
export type MemberProcesses = {
  /**
   * Starts what of a member's processes does not run; both anew when anything but the membership differs from before: of
   * that a running syncer is told over its API. Does not wait until the syncer answers.
   */
  start(config: MemberConfig): Promise<void>;
  /** Those that run, frozen or not, as parts of their region's fate. */
  adopt(member: string): Promise<RegionMember[]>;
  /** Ends both at once, frozen or not; `start` goes on with what they left. */
  end(member: string): Promise<void>;
  /** The same for good, with what they left. Without such a member a no-op. */
  stop(member: string): Promise<void>;
  /** Where a member's conflicts belong: they go with the member. */
  conflictsFile(member: string): string;
};

export function createMemberProcesses(home: string): MemberProcesses {
  const folderOf = (member: string): string => path.join(home, "geocache", "members", member);

  async function start(config: MemberConfig, part: Part): Promise<void> {
    const folder = folderOf(config.member);
    const name = processName(config.member, part);
    const identity = await spawnDetached({
      program: process.execPath,
      args: [path.join(memberFolder, programs[part]), configFile(folder)],
      cwd: projectRoot,
      logFile: path.join(home, "logs", `${name}.log`),
      env: { ...process.env, LIFEBOAT_HOME: home },
    });
    await writeFileAtomic(recordFile(folder, part), JSON.stringify(identity));
  }

  return {
    async start(config) {
      const folder = folderOf(config.member);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const former = await readJson(configFile(folder)).catch(() => undefined);
      if (former !== undefined && fixedPart(former) !== fixedPart(config)) await endIn(folder);
      await writeFileAtomic(configFile(folder), JSON.stringify(config));
      for (const part of parts) if ((await running(folder, part)) === undefined) await start(config, part);
    },
    async adopt(member) {
      const found = await Promise.all(parts.map(async (part) => ({ part, is: await running(folderOf(member), part) })));
      return found.flatMap(({ part, is }) =>
        is === undefined ? [] : { host: "process", kind: "syncer", name: processName(member, part), ...is },
      );
    },
    end: (member) => endIn(folderOf(member)),
    async stop(member) {
      await endIn(folderOf(member));
      await rm(folderOf(member), { recursive: true, force: true });
    },
    conflictsFile: (member) => path.join(folderOf(member), "conflicts.ndjson"),
  };
}

/** Everything of a configuration that a running syncer cannot be told. */
function fixedPart(config: unknown): string {
  return JSON.stringify({ ...(config as MemberConfig), membership: undefined });
}

async function running(folder: string, part: Part): Promise<ProcessIdentity | undefined> {
  const found = recordSchema.safeParse(await readJson(recordFile(folder, part)).catch(() => undefined));
  return found.success && isAlive(found.data) ? found.data : undefined;
}

async function endIn(folder: string): Promise<void> {
  for (const part of parts) {
    const identity = await running(folder, part);
    // SIGKILL also ends a frozen process; what it must keep lies in its redis.
    if (identity === undefined || !signalProcess(identity, "SIGKILL")) continue;
    await waitFor(() => !isAlive(identity), {
      what: `${part} ${identity.pid} to end`,
      timeoutMs: STOP_TIMEOUT_MS,
      intervalMs: 5,
    });
  }
}

function processName(member: string, part: Part): string {
  return `${member}-${part}`;
}

function configFile(folder: string): string {
  return path.join(folder, "config.json");
}

function recordFile(folder: string, part: Part): string {
  return path.join(folder, `${part}.json`);
}
