import { cp, mkdtemp, open, readdir, readFile, rm, stat } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { renderers } from "../../reports/index.ts";
import { readChain } from "../chain.ts";
import { publicKeysDocument } from "../keys.ts";
import { drillId } from "../sealed-bundle.test-helper.ts";
import { eventsOf, plan } from "../sealed-bundle.fixture.test-helper.ts";
import { verifyBundle, type Verification } from "../verify.ts";
import { startRecorder, type RecorderProcess } from "./recorder-process.test-helper.ts";

const bundleUrl = `/bundles/${drillId}`;
const told = eventsOf() as { key: string }[];
let root: string;
let recorder: RecorderProcess | undefined;

beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), "recorder-process-"));
});
afterEach(async () => {
  await recorder?.kill();
  recorder = undefined;
  await rm(root, { recursive: true, force: true });
});

async function started(diskBytes?: number): Promise<RecorderProcess> {
  recorder = await startRecorder(path.join(root, "place"), diskBytes);
  return recorder;
}

const append = (to: RecorderProcess, fencingToken: number, events: readonly object[]) =>
  to.send("POST", `${bundleUrl}/events`, { fencingToken, events });

/** What an auditor finds in a copy of the bundle. */
async function verified({ files }: RecorderProcess): Promise<Verification & { readonly keys: string[] }> {
  const copy = path.join(root, "copy");
  await cp(path.join(files, "bundles", drillId), copy, { recursive: true });
  const found = await verifyBundle(copy, { keys: await publicKeysDocument(path.join(files, "keys")), renderers });
  const { events } = readChain(await readFile(path.join(copy, "events.jsonl")), drillId);
  return { ...found, keys: events.map((event) => event.key) };
}

describe("a recorder killed with -9 in mid-drill", () => {
  it("goes on with its chain, writes a retried event once, and still refuses a stale token", async () => {
    let now = await started();
    await now.send("PUT", bundleUrl, { fencingToken: 5, scenario: plan });
    for (let round = 0; round < 3; round += 1) {
      // What was under way when it died may or may not have been written: the caller cannot know, and sends all again.
      const underWay = told.map((event) => append(now, 5, [event]));
      await underWay[round * 3];
      await now.kill();
      await Promise.allSettled(underWay);
      now = await started();
      expect(await append(now, 4, told)).toBe("STALE_TOKEN");
    }
    await append(now, 5, told);
    expect(await append(now, 5, told)).toMatchObject({ count: told.length + 1 });
    expect(await now.send("POST", `${bundleUrl}/seal`, { fencingToken: 4, ending: "completed" })).toBe("STALE_TOKEN");
    await now.send("POST", `${bundleUrl}/seal`, { fencingToken: 5, ending: "completed" });
    const { problems, keys } = await verified(now);
    expect(problems).toEqual([]);
    expect(keys.toSorted()).toEqual(["run.opened", "run.closed", ...told.map((event) => event.key)].toSorted());
  });

  it("while it seals, seals after its restart, and gives the same answer ever after", async () => {
    let now = await started();
    await now.send("PUT", bundleUrl, { fencingToken: 1, scenario: plan });
    await append(now, 1, told);
    const seal = () => now.send("POST", `${bundleUrl}/seal`, { fencingToken: 1, ending: "completed" });
    const sealing = seal();
    await now.kill();
    await sealing;
    now = await started();
    const answer = await seal();
    expect(answer).toMatchObject({ ending: "completed", overall: "inconclusive" });
    await now.kill();
    now = await started();
    expect(await seal()).toEqual(answer);
    expect((await verified(now)).problems).toEqual([]);
  });
});

describe("a recorder on a full disk", () => {
  it("says so, still takes the last events and seals, from the room it set aside at the start", async () => {
    const now = await started(24 * 1024 * 1024);
    await now.send("PUT", bundleUrl, { fencingToken: 1, scenario: plan });
    const reserve = path.join(now.files, "bundles", `.reserve-${drillId}`);
    expect((await stat(reserve)).size).toBeGreaterThan(1024 * 1024);
    await fill(path.join(now.files, "ballast"));
    expect(await append(now, 1, told)).toMatchObject({ count: told.length + 2 });
    expect(await readFile(path.join(now.files, "bundles", drillId, "events.jsonl"), "utf8")).toContain("DISK_FULL");
    const sealed = await now.send("POST", `${bundleUrl}/seal`, { fencingToken: 1, ending: "aborted" });
    expect(sealed).toMatchObject({ ending: "aborted" });
    expect((await verified(now)).problems).toEqual([]);
    await expect(stat(reserve)).rejects.toThrow("ENOENT");
  });

  it("does not open a bundle that it could not seal, and leaves nothing of it", async () => {
    const now = await started(8 * 1024 * 1024);
    expect(await now.send("PUT", bundleUrl, { fencingToken: 1, scenario: plan })).toBe("DISK_FULL");
    expect(await now.send("GET", bundleUrl)).toBe("NOT_FOUND");
    expect(await readdir(path.join(now.files, "bundles"))).toEqual([]);
  });

  it("says so when even the reserve is used up, and seals once there is room again", async () => {
    const now = await started(24 * 1024 * 1024);
    await now.send("PUT", bundleUrl, { fencingToken: 1, scenario: plan });
    for (const part of ["headroom", "reserve"]) await rm(path.join(now.files, "bundles", `.${part}-${drillId}`));
    const ballast = path.join(now.files, "ballast");
    await fill(ballast);
    expect(await append(now, 1, [{ ...told[0], data: { text: "x".repeat(100_000) } }])).toBe("DISK_FULL");
    expect(await now.send("POST", `${bundleUrl}/seal`, { fencingToken: 1, ending: "aborted" })).toBe("DISK_FULL");
    await rm(ballast);
    await now.send("POST", `${bundleUrl}/seal`, { fencingToken: 1, ending: "aborted" });
    expect((await verified(now)).problems).toEqual([]);
  });
});

/** A tmpfs gives room page by page. */
const PAGE_BYTES = 4096;

/** Writes until the disk really has no page left. */
async function fill(file: string): Promise<void> {
  const handle = await open(file, "w");
  let blockBytes = 1024 * 1024;
  try {
    while (blockBytes >= PAGE_BYTES) {
      const full = await handle.appendFile(Buffer.alloc(blockBytes)).then(
        () => false,
        (error: NodeJS.ErrnoException) => {
          expect(error.code).toBe("ENOSPC");
          return true;
        },
      );
      if (full) blockBytes = Math.floor(blockBytes / 16);
    }
  } finally {
    await handle.close();
  }
}
