import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { labStateSchema } from "../contracts/lab.ts";
import { HOME_LABEL, homeId } from "../geocache/hosts/labels.ts";
import { drillAlone, found, quickened, type ActiveDrill } from "./active-drill.test-helper.ts";
import { whyNotRun } from "./containers.test-helper.ts";

const LIMIT_MS = 400_000;
const fixture = (name: string): string => path.join(import.meta.dirname, "fixtures", `${name}.yaml`);
const notRun = await whyNotRun();
const hosts = [
  { host: "process", title: "process", notRun: "" },
  { host: "container", title: `container${notRun}`, notRun },
] as const;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "lifeboat-quick-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function expectPassed(drill: ActiveDrill): void {
  expect(drill.verdict, drill.ran.stdout + drill.ran.stderr).toMatchObject({ overall: "pass", ending: "completed" });
  expect(drill.ran.code).toBe(0);
  expect(drill.verified.code, drill.verified.stdout + drill.verified.stderr).toBe(0);
  expect(drill.active.comparisons.at(-1)).toMatchObject({ equal: true, differenceCount: 0 });
}

function happened({ events }: ActiveDrill, type: string): Record<string, unknown>[] {
  return events.filter((event) => event.type === type).map(({ data }) => data);
}

async function expectNoContainers(home: string): Promise<void> {
  const args = ["ps", "--all", "--quiet", "--filter", `label=${HOME_LABEL}=${homeId(home)}`];
  expect((await promisify(execFile)("docker", args, { timeout: 20_000 })).stdout).toBe("");
}

describe.each(hosts)("a lost region that fills the survivors' memory, on the host $title", ({ host, notRun: why }) => {
  it.skipIf(why !== "")(
    "is unlinked by its owner in time: memory is released, the member is created anew, and all show the same",
    () =>
      drillAlone(host, fixture("small-unlink"), async (drill) => {
        expectPassed(drill);
        expect(labStateSchema.parse(drill.estate).caches.map((each) => each.host)).toEqual([host, host, host]);
        expect(happened(drill, "decision.taken")).toMatchObject([{ by: "person", who: "olga", destructive: true }]);
        const changes = ["forceUnlink cache-west", "delete cache-west", "create cache-west"];
        expect(happened(drill, "membership.before").map(({ change }) => change)).toEqual(changes);
        expect(happened(drill, "membership.after").map(({ change }) => change)).toEqual(changes);
        const survivors = drill.active.memory.filter(({ member }) => member !== "cache-west");
        expect(survivors).toHaveLength(2);
        for (const { atDecision, atPeak, beforeFault, afterRelease } of survivors) {
          expect(atDecision?.usedBytes).toBeGreaterThan(1.3 * (beforeFault?.usedBytes ?? Infinity));
          expect(afterRelease?.usedBytes).toBeLessThan(0.9 * (atPeak?.usedBytes ?? 0));
        }
        expect(drill.active.forecast?.points.some(({ minutesToOom }) => minutesToOom !== null)).toBe(true);
        expect(found(drill, "old-member-refused")).toMatchObject({ type: "check.passed" });
        const late = found(drill, "late-writes-refused");
        expect(late).toMatchObject({ type: "check.passed", found: { onSurvivors: 0 } });
        expect(late).not.toMatchObject({ found: { writtenThere: 0 } });
        if (host === "container") await expectNoContainers(drill.home);
      }),
    LIMIT_MS,
  );
});

describe("a lost region", () => {
  it(
    "that is unlinked too late fails the drill, which says that writes were refused and how little was left",
    () =>
      drillAlone("process", fixture("small-unlink-too-late"), (drill) => {
        expect(drill.ran.code, drill.ran.stdout + drill.ran.stderr).toBe(1);
        expect(drill.verified.code).toBe(0);
        expect(drill.verdict).toMatchObject({ overall: "fail", ending: "completed" });
        const verdicts = Object.fromEntries(drill.verdict.objectives.map(({ id, verdict }) => [id, verdict]));
        expect(verdicts).toMatchObject({ headroom: "fail", "no-oom": "fail", equal: "pass" });
        expect(drill.active.forecast?.outcome.kind).toBe("reached");
        expect(drill.active.oomRefusals).toMatchObject({ kind: "measured" });
      }),
    LIMIT_MS,
  );

  it(
    "that nobody unlinks comes back, takes over what the others hold, and its users return",
    async () => {
      await drillAlone("process", await quickened("active-region-outage", folder), (drill) => {
        expectPassed(drill);
        const moves = happened(drill, "routing.changed").map(({ move }) => move);
        expect(moves[0]).toMatchObject({ users: "westeurope", from: "westeurope", to: "northeurope" });
        expect(moves.at(-1)).toMatchObject({ users: "westeurope", to: "westeurope" });
        expect(happened(drill, "redundancy.restored")).toMatchObject([{ rejoined: false }]);
        expect(happened(drill, "membership.before")).toEqual([]);
      });
    },
    LIMIT_MS,
  );

  it(
    "that lives on in isolation keeps its writes, and whoever lost a conflict is listed",
    async () => {
      await drillAlone("process", await quickened("split-brain", folder), (drill) => {
        expectPassed(drill);
        const late = found(drill, "late-writes-arrived");
        expect(late).toMatchObject({ type: "check.passed" });
        expect(late).not.toMatchObject({ found: { writtenThere: 0 } });
        const counted = drill.active.conflicts;
        expect(counted.map(({ member }) => member).toSorted()).toEqual(["cache-east", "cache-north", "cache-west"]);
        expect(Math.max(...counted.map(({ count }) => count))).toBeGreaterThan(0);
        expect(counted.every(({ count, listed }) => listed === Math.min(count, 10_000))).toBe(true);
      });
    },
    LIMIT_MS,
  );

  it(
    "that is unlinked at once is deleted, created anew and joins, and its late writes are refused",
    async () => {
      await drillAlone("process", await quickened("rejoin", folder), (drill) => {
        expectPassed(drill);
        expect(found(drill, "old-member-refused")).toMatchObject({ type: "check.passed" });
        expect(found(drill, "late-writes-refused")).toMatchObject({ type: "check.passed" });
        expect(happened(drill, "redundancy.restored")).toMatchObject([{ rejoined: true }]);
      });
    },
    LIMIT_MS,
  );

  it(
    "of three with a leaderboard leaves local writes and the other regions' boards alone",
    async () => {
      await drillAlone("process", await quickened("leaderboard", folder), (drill) => {
        expectPassed(drill);
        const ids = drill.verdict.objectives.map(({ id }) => id);
        expect(ids).toEqual(expect.arrayContaining(["local-writes-asia", "equal", "clock"]));
      });
    },
    LIMIT_MS,
  );
});
