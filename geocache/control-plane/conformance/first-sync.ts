import { describe, expect, it } from "vitest";
import { geoLinkListSchema } from "../../../contracts/lab.ts";
import { elapsedMs } from "../../../base/clocks.ts";
import { freeze, refusedBy } from "../test-faults.ts";
import { ask, missingIn, phasesOf, refusalsOf, writeOn, type Stream } from "../test-streams.ts";
import { eventually } from "../test-world.ts";
import { caughtUp, contentOf, fill, type Given } from "./given.ts";

const large = { sku: { name: "Premium", family: "P", capacity: 2 } };
const BULK_KIB = 2048;
/** At this pace the bulk is a second on its way. */
const slow = { kind: "bandwidth", bytesPerSecond: BULK_KIB * 1024 } as const;
const REFUSED = /^(MASTERDOWN|LOADING)/;

export function firstSyncRules(given: Given): void {
  describe("full sync", () => {
    it("P14, P30, P31: while linking, the primary takes every write, and the secondary refuses every read until it has the primary's data", async () => {
      const names = await given.pair(large);
      const { primary, secondary } = await given.clients(names);
      await fill(primary, BULK_KIB);
      await primary.set("whose", "primary's");
      await secondary.set("whose", "its own");
      const lift = await given.world().network.onReplication(slow);
      const writes = await writeOn(primary);
      const reads = await ask(() => secondary.get("whose"));
      const before = writes.sightings.length;
      expect(await given.beginLink(names.a, names.b)).toBe(201);
      await given.untilLinked(names.a);
      const during = writes.sightings.length - before;
      await eventually("a read after it", () => reads.sightings.at(-1)?.value === "primary's");
      await Promise.all([writes.stop(), reads.stop()]);
      await lift();

      expect(during).toBeGreaterThan(50);
      expect(refusalsOf(writes)).toEqual([]);
      expect(phasesOf(reads)).toEqual(["its own", "refused", "primary's"]);
      expect(refusalsOf(reads).filter((one) => !REFUSED.test(one.refusal ?? ""))).toEqual([]);
      expect(refusedForMs(reads)).toBeGreaterThan(700);
      await caughtUp(primary, secondary);
      expect(await missingIn(secondary, writes)).toBe(0);
    });

    it("P17: what the secondary held before it was linked is gone, and it holds exactly what the primary holds", async () => {
      const names = await given.pair();
      const { primary, secondary } = await given.clients(names);
      await primary.mset("shared", "primary's", "mine", "1");
      await secondary.mset("shared", "secondary's", "old", "1", "older", "2");
      await given.world().link(names.a, names.b);
      await caughtUp(primary, secondary);
      expect(await secondary.exists("old", "older")).toBe(0);
      expect(await contentOf(secondary)).toEqual(await contentOf(primary));
    });

    it("P14, P31: a secondary whose primary is silent during the first sync refuses every command", async () => {
      const { a, b } = await given.pair();
      const secondary = await given.world().connect(b);
      await secondary.set("old", "hidden");
      const frozen = await freeze(given.world(), a);
      try {
        await given.beginLink(a, b);
        await eventually("the refusals", async () => REFUSED.test(await refusedBy(secondary.get("old"))));
        const commands = "get old|set old 1|exists old|dbsize|scan 0|ping|flushall|eval return(1) 0".split("|");
        for (const command of commands) {
          const [name = "", ...args] = command.split(" ");
          expect(await refusedBy(secondary.call(name, ...args)), command).toMatch(/^(MASTERDOWN|READONLY)/);
        }
        expect(await given.linkStates(a)).toEqual(["Secondary Creating"]);
      } finally {
        await frozen.thaw();
      }
      await given.untilLinked(a);
      expect(await secondary.exists("old")).toBe(0);
    });

    it("P14: a linked secondary that must copy everything again refuses reads until it has", async () => {
      const names = await given.linkedPair(large);
      const { primary, secondary } = await given.clients(names);
      await fill(primary, BULK_KIB);
      await primary.set("version", "1");
      await caughtUp(primary, secondary);
      const reads = await ask(() => secondary.get("version"));
      const restore = await given.world().network.onReplication({ kind: "reset" });
      // Twice the bulk is more than the backlog keeps.
      await fill(primary, BULK_KIB);
      await fill(primary, BULK_KIB);
      await primary.set("version", "2");
      const lift = await given.world().network.onReplication(slow);
      await restore();
      await eventually("the new version", () => reads.sightings.at(-1)?.value === "2");
      await reads.stop();
      await lift();
      expect(phasesOf(reads)).toEqual(["1", "refused", "2"]);
      expect(refusedForMs(reads)).toBeGreaterThan(500);
      expect(await given.linkStates(names.b)).toEqual(["Primary Succeeded"]);
    });

    it("the lab API tells the true length of the first full sync, which ARM does not", async () => {
      const names = await given.pair(large);
      const { primary } = await given.clients(names);
      await fill(primary, BULK_KIB);
      const lift = await given.world().network.onReplication(slow);
      await given.world().link(names.a, names.b);
      await lift();
      const { links } = geoLinkListSchema.parse(await given.world().lab("GET", "/lab/geo-links"));
      const { started, ended } = links.find((link) => link.primary === names.a)?.fullSync ?? {};
      if (!started || !ended) throw new Error("the sync has no times");
      expect(elapsedMs(started.notAfter, ended.notBefore)).toBeGreaterThan(700);
      expect(elapsedMs(ended.notBefore, ended.notAfter)).toBeLessThan(500);
    });
  });
}

function refusedForMs(stream: Stream): number {
  const refused = refusalsOf(stream);
  return (refused.at(-1)?.atMs ?? 0) - (refused[0]?.atMs ?? 0);
}
