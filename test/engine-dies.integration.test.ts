import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitFor } from "../base/waits.ts";
import { faultRecordSchema, type FaultRecord } from "../contracts/fault.ts";
import { leftoverProcesses } from "../cli/supervisor/leftovers.ts";
import { HOME_LABEL, homeId } from "../geocache/hosts/labels.ts";
import {
  eventsOf,
  outage,
  scenarioWith,
  sealedVerdict,
  startDrill,
  untilEvent,
  type Place,
  type RunningDrill,
} from "./bad-luck/drill.test-helper.ts";
import { whyNotRun } from "./containers.test-helper.ts";
import { startEngine, type TestEngine } from "./docker-engine.test-helper.ts";
import { lifeboat, newPlace } from "./whole-drill.test-helper.ts";

const IMAGE = "lifeboat/redis-local:test";
const notRun = await whyNotRun();

describe.skipIf(notRun !== "")(`a Docker engine that dies in mid-drill${notRun}`, () => {
  let engine: TestEngine;
  let place: Place;
  let home: string;

  beforeAll(async () => {
    const env = await newPlace("container");
    home = env["LIFEBOAT_HOME"] ?? "";
    const folder = path.dirname(home);
    engine = await startEngine(folder);
    const own = { ...env, DOCKER_HOST: engine.address, LIFEBOAT_REDIS_IMAGE: IMAGE };
    await promisify(execFile)(path.join(import.meta.dirname, "build-redis-image.sh"), [IMAGE], { env: own });
    place = { env: own, folder, bundles: env["LIFEBOAT_BUNDLES"] ?? "", enter: [] };
  }, 120_000);
  afterAll(async () => {
    await lifeboat(place.env, ["down"]);
    await engine.end();
    await rm(place.folder, { recursive: true, force: true });
  }, 120_000);

  async function left(): Promise<string> {
    const filter = `label=${HOME_LABEL}=${homeId(home)}`;
    const containers = await engine.docker("ps", "-aq", "--filter", filter);
    return containers + (await engine.docker("network", "ls", "-q", "--filter", filter));
  }

  async function expectHonestEnd(drill: RunningDrill, drillId: string): Promise<void> {
    const { code } = await drill.ended;
    expect([2, 3], drill.output()).toContain(code);
    expect((await sealedVerdict(place, drillId)).overall).not.toBe("pass");
    const errors = (await eventsOf(place, drillId)).filter(({ type }) => type === "error");
    expect(JSON.stringify(errors)).toContain("no Docker engine answers");
  }

  async function faultOf(drillId: string): Promise<FaultRecord | undefined> {
    const { stdout } = await lifeboat(place.env, ["fault", "list", "--json"]);
    const faults = faultRecordSchema.array().parse(JSON.parse(stdout));
    return faults.find(({ holder }) => holder === drillId);
  }

  it("ends the drill with a clear error and a sealed bundle; what it kept is removed when it is back", async () => {
    const drill = await startDrill(place, await scenarioWith(place, { steps: outage("kill", 1000), baselineMs: 3000 }));
    const drillId = await untilEvent(place, drill, { type: "phase.started", phase: "baseline" });
    await engine.kill();

    await expectHonestEnd(drill, drillId);
    expect(drill.output()).toContain("containers may be left: no Docker engine answers");
    expect(leftoverProcesses(home)).toEqual([]);

    const blind = await lifeboat(place.env, ["down"]);
    expect(blind).toMatchObject({ code: 69 });
    expect(blind.stderr).toContain("containers may be left: no Docker engine answers");

    await engine.restart();
    expect(await left()).not.toBe("");
    expect((await lifeboat(place.env, ["down"])).code).toBe(0);
    expect(await left()).toBe("");
  }, 200_000);

  it("during a freeze ends the drill as well; the keeper lifts the fault once the engine is back", async () => {
    expect(await lifeboat(place.env, ["up"])).toMatchObject({ code: 0 });
    const steps = outage("freeze", 1000);
    const drill = await startDrill(place, await scenarioWith(place, { steps, baselineMs: 2000, leaseMs: 10_000 }));
    const drillId = await untilEvent(place, drill, { type: "fault.active", phase: "fault" });
    await engine.kill();

    await expectHonestEnd(drill, drillId);
    const types = (await eventsOf(place, drillId)).map(({ type }) => type);
    expect(types).toContain("fault.failed");
    expect(types).not.toContain("fault.lifted");
    expect(await faultOf(drillId)).toMatchObject({
      lifted: null,
      detail: expect.stringContaining("no Docker engine answers"),
    });

    await engine.restart();
    await waitFor(async () => (await faultOf(drillId))?.lifted, {
      what: "the keeper to lift the fault",
      timeoutMs: 20_000,
      intervalMs: 500,
    });
    expect((await lifeboat(place.env, ["down"])).code).toBe(0);
    expect(await left()).toBe("");
  }, 200_000);
});
