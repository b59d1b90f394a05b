import { spawn } from "node:child_process";
import { once } from "node:events";
import { open, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { waitFor } from "../../base/waits.ts";

/** A disk of its own size below a folder, which only the processes started with `enter` see. */
export type SmallDisk = {
  /** What a command is to be preceded by, so that it runs on this disk. */
  readonly enter: readonly [string, ...string[]];
  /** The folder as seen from here. */
  readonly files: string;
  /** Writes until the disk really has no page left. */
  fill(): Promise<void>;
  /** Takes away what `fill` wrote. */
  relieve(): Promise<void>;
  end(): Promise<void>;
};

/** A tmpfs in a mount namespace: it goes with its last process, and needs no root where user namespaces are allowed. */
export async function createSmallDisk(folder: string, bytes: number): Promise<SmallDisk> {
  const root = process.getuid?.() === 0;
  const unshare = root ? ["--mount"] : ["--user", "--map-root-user", "--mount"];
  const mount = `mount -t tmpfs -o size=${bytes} none "${folder}" && exec sleep 3600`;
  const holder = spawn("unshare", [...unshare, "sh", "-c", mount], { stdio: ["ignore", "ignore", "inherit"] });
  await once(holder, "spawn");
  const pid = String(holder.pid);
  await waitFor(async () => (await readFile(`/proc/${pid}/mounts`, "utf8")).includes(` ${folder} tmpfs`), {
    what: "the small disk",
    timeoutMs: 10_000,
  });
  const user = root ? [] : ["--user", "--preserve-credentials"];
  const files = path.join("/proc", pid, "root", folder);
  return {
    enter: ["nsenter", "--target", pid, ...user, "--mount"],
    files,
    fill: () => fill(path.join(files, "ballast")),
    relieve: () => rm(path.join(files, "ballast")),
    async end() {
      const gone = once(holder, "exit");
      holder.kill("SIGKILL");
      await gone;
    },
  };
}

/** A tmpfs gives room page by page. */
const PAGE_BYTES = 4096;

async function fill(file: string): Promise<void> {
  const handle = await open(file, "w");
  try {
    for (let bytes = 1024 * 1024; bytes >= PAGE_BYTES; bytes /= 16) {
      while (await isRoomFor(handle.appendFile(Buffer.alloc(bytes))));
    }
  } finally {
    await handle.close();
  }
}

async function isRoomFor(write: Promise<void>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOSPC") return false;
    throw error;
  }
}
