import { appendFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { stamp } from "../../../../base/clocks.ts";
import { ConflictList } from "./conflict-list.ts";

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "lifeboat-conflicts-"));
  file = path.join(folder, "m0", "conflicts.ndjson");
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function conflicts(count: number) {
  const one = { origin: "m0/1", seq: 1, hlcUs: 1 };
  return Array.from({ length: count }, (_, index) => ({
    at: stamp(),
    key: Buffer.from(`key-${index}`).toString("base64"),
    cell: null,
    rule: "last-writer-wins",
    winner: one,
    loser: { ...one, origin: "m1/1" },
    lostValue: null,
  }));
}

it("numbers conflicts from 1 and gives them in pages of a thousand, oldest first", async () => {
  const list = await ConflictList.open(file);
  await Promise.all([list.add(conflicts(1500)), list.add(conflicts(1000))]);
  const first = await list.page(0);
  expect(first.total).toBe(2500);
  expect(first.conflicts.map(({ n }) => n)).toEqual(Array.from({ length: 1000 }, (_, index) => index + 1));
  const later = (await list.page(1499)).conflicts;
  expect([later[0]?.n, later.at(-1)?.n, later.length]).toEqual([1500, 2499, 1000]);
  expect((await list.page(2499)).conflicts.map(({ n }) => n)).toEqual([2500]);
  expect((await list.page(9999)).conflicts).toEqual([]);
  await list.close();
});

it("goes on where it stopped, without what a crash cut off", async () => {
  const before = await ConflictList.open(file);
  await before.add(conflicts(3));
  await before.close();
  await appendFile(file, '{"n":4,"at":{"mono');
  const after = await ConflictList.open(file);
  expect(after.total).toBe(3);
  await after.add(conflicts(1));
  expect((await after.page(2)).conflicts.map(({ n }) => n)).toEqual([3, 4]);
  await after.close();
});
