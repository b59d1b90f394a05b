import { randomBytes } from "node:crypto";
import { mkdir, rm, stat } from "node:fs/promises";
import path from "node:path";
import { writeFileAtomic } from "../../base/files.ts";
import { catalogueCodeOf } from "../../base/http-errors.ts";

const reserveBytes = 4 * 1024 * 1024;

/** Room set aside while the disk has some, so that a drill can be closed and sealed when it has none left. */
export type Reserve = {
  hold(): Promise<void>;
  release(): Promise<void>;
  /** Does the work; if the disk is full, frees the reserve and does it once more. @throws DISK_FULL */
  pay<T>(work: () => Promise<T>): Promise<T>;
};

export function createReserve(bundlesFolder: string, drillId: string): Reserve {
  const file = path.join(bundlesFolder, `.reserve-${drillId}`);
  const release = (): Promise<void> => rm(file, { force: true });
  return {
    release,
    async hold() {
      const size = await stat(file).then(
        (found) => found.size,
        () => 0,
      );
      if (size === reserveBytes) return;
      await mkdir(bundlesFolder, { recursive: true });
      // Random bytes: a compressing file system would keep no room for zeros.
      await writeFileAtomic(file, randomBytes(reserveBytes));
    },
    async pay(work) {
      try {
        return await work();
      } catch (error) {
        if (catalogueCodeOf(error) !== "DISK_FULL") throw error;
        await release();
        return await work();
      }
    },
  };
}
