import { randomBytes } from "node:crypto";
import { mkdir, rm, stat, statfs } from "node:fs/promises";
import path from "node:path";
import { writeFileAtomic } from "../../base/files.ts";
import { catalogueCodeOf } from "../../base/http-errors.ts";

/**
 * In the order in which they are given up: room for everyone on this disk (Temporal's history, raw data) to bring the
 * drill to its end, then room for the seal.
 */
const parts = [
  { name: "headroom", bytes: 6 * 1024 * 1024 },
  { name: "reserve", bytes: 4 * 1024 * 1024 },
] as const;
/** With less than this nobody gets far, and those who cannot write may never come to ask the recorder. */
const fullBelowBytes = 256 * 1024;

/** Room set aside while the disk has some, so that a drill can be closed and sealed when it has none left. */
export type Reserve = {
  hold(): Promise<void>;
  release(): Promise<void>;
  /** Does the work; while the disk is full, frees one part after the other and does it again. @throws DISK_FULL */
  pay<T>(work: () => Promise<T>): Promise<T>;
  /** Frees the headroom when the disk is full although nobody has asked. */
  look(): Promise<void>;
  /** Whether the disk was full and some part was freed for it. */
  isBroken(): boolean;
};

export function createReserve(bundlesFolder: string, drillId: string): Reserve {
  const fileOf = ({ name }: (typeof parts)[number]): string => path.join(bundlesFolder, `.${name}-${drillId}`);
  let broken = false;
  const free = async (part: (typeof parts)[number]): Promise<boolean> => {
    if ((await sizeOf(fileOf(part))) === 0) return false;
    await rm(fileOf(part), { force: true });
    broken = true;
    return true;
  };
  const freeNext = async (): Promise<boolean> => {
    for (const part of parts) if (await free(part)) return true;
    return false;
  };
  return {
    async hold() {
      await mkdir(bundlesFolder, { recursive: true });
      for (const part of parts) {
        // Random bytes: a compressing file system would keep no room for zeros.
        if ((await sizeOf(fileOf(part))) !== part.bytes) await writeFileAtomic(fileOf(part), randomBytes(part.bytes));
      }
    },
    async release() {
      for (const part of parts) await rm(fileOf(part), { force: true });
    },
    async pay(work) {
      for (;;) {
        try {
          return await work();
        } catch (error) {
          if (catalogueCodeOf(error) !== "DISK_FULL" || !(await freeNext())) throw error;
        }
      }
    },
    async look() {
      const disk = await statfs(bundlesFolder);
      if (disk.bavail * disk.bsize < fullBelowBytes) await free(parts[0]);
    },
    isBroken: () => broken,
  };
}

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    (found) => found.size,
    () => 0,
  );
}
