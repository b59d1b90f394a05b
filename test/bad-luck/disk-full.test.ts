import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { newPlace } from "../whole-drill.test-helper.ts";
import {
  eventsOf,
  outage,
  scenarioWith,
  sealedVerdict,
  startDrill,
  untilEvent,
  type Place,
} from "./drill.test-helper.ts";
import { leftoverProcesses } from "../../cli/supervisor/leftovers.ts";
import { createSmallDisk, type SmallDisk } from "./small-disk.test-helper.ts";

/** More than preflight asks for. */
const DISK_BYTES = 320 * 1024 * 1024;

let env: NodeJS.ProcessEnv;
let folder: string;
let disk: SmallDisk;
beforeAll(async () => {
  env = await newPlace("process");
  folder = path.dirname(env["LIFEBOAT_HOME"] ?? "");
  disk = await createSmallDisk(folder, DISK_BYTES);
});
afterAll(async () => {
  await disk.end();
  await rm(folder, { recursive: true, force: true });
});

it("a disk that is full in mid-drill is said to be, the drill ends sealed, and nothing is left", async () => {
  const place: Place = { env, folder: disk.files, bundles: path.join(disk.files, "bundles"), enter: disk.enter };
  await mkdir(place.bundles, { recursive: true });
  const scenario = await scenarioWith(place, { steps: outage("freeze", 3000), baselineMs: 1000 });
  const drill = await startDrill(place, path.join(folder, path.basename(scenario)));
  const drillId = await untilEvent(place, drill, { type: "phase.ended", phase: "fault" });
  await disk.fill();
  const { code, stdout, stderr } = await drill.ended;
  // With the room that was set aside it may well come to its end, and then its figures are whole.
  expect([0, 1, 2], stdout + stderr).toContain(code);
  await disk.relieve();
  const verdict = await sealedVerdict(place, drillId);
  expect({ pass: 0, fail: 1, inconclusive: 2 }[verdict.overall]).toBe(code);
  const errors = (await eventsOf(place, drillId)).filter(({ type }) => type === "error");
  expect(errors.map(({ data }) => data["code"])).toContain("DISK_FULL");
  expect(leftoverProcesses(env["LIFEBOAT_HOME"] ?? "")).toEqual([]);
}, 400_000);
