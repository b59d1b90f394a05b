import { readFile, truncate, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readNdjsonLines } from "../base/ndjson.ts";
import type { GroupSample, SignalSample } from "../contracts/signals.ts";
import { scenarioSchema } from "../scenarios/schema.ts";
import { resealed } from "./forgery.test-helper.ts";
import { readBundleView } from "./read-view.ts";
import { compared, signalsOf } from "./measures/active/group.fixture.test-helper.ts";
import { at, plan } from "./sealed-bundle.fixture.test-helper.ts";
import { sealBundleOf, written, type SealedBundle } from "./sealed-bundle.test-helper.ts";
import { verifyBundle } from "./verify.ts";

const SIGNALS = "signals/groups.ndjson.gz";
const CONFLICTS = "conflicts/east.ndjson";
const side = { origin: "east/1", seq: 1, hlcUs: 1 };
const conflict = { n: 1, at: at(1000), key: "a2V5", cell: null, rule: "string", winner: side, loser: side };

/** The small outage as that of one member of three; east fills by 10 MB a second from 2 s on. */
const group = scenarioSchema.parse({
  ...plan,
  topology: {
    kind: "active-group",
    nickname: "boards",
    regions: ["west", "east", "north"].map((name) => ({ name })),
    caches: ["west", "east", "north"].map((region) => ({ name: region, region, sku: "Enterprise_E10" })),
  },
  steps: [{ kind: "region-outage", region: "west", mode: "kill" }],
  objectives: [
    { id: "equal", metric: "members-equal" },
    { id: "headroom", metric: "headroom-at-decision", atLeastRatio: 0.5 },
  ],
});
const signals = signalsOf(
  {
    east: (atMs) => ({ usedMemoryBytes: 20_000_000 + Math.max(0, atMs - 2000) * 10_000, rssBytes: 90_000_000 }),
    west: (atMs) => (atMs > 2000 && atMs < 4500 ? null : {}),
  },
  6000,
  [3000],
);

let bundle: SealedBundle;
beforeAll(async () => {
  const { seq: _seq, prev: _prev, recordedAt: _recordedAt, ...comparison } = compared(5800);
  bundle = await sealBundleOf([], {
    plan: group,
    events: [comparison],
    files: {
      [SIGNALS]: [signals.header, ...signals.samples],
      [CONFLICTS]: [{ ...conflict, lostValue: "dmFsdWU=" }],
    },
  });
});
afterAll(() => bundle.remove());

async function problemsAfter(change: (folder: string) => Promise<unknown>): Promise<string[]> {
  return bundle.copied(async (folder) => {
    await change(folder);
    const { valid, problems } = await verifyBundle(folder, bundle.trust);
    expect(valid).toBe(false);
    return problems.map(({ file }) => file);
  });
}

describe("the bundle of a drill with an active group", () => {
  it("is valid, and its verdict follows from what was sampled and compared", async () => {
    const { problems, verdict, measures } = await verifyBundle(bundle.folder, bundle.trust);
    expect(problems).toEqual([]);
    expect(verdict?.objectives.map(({ id, verdict: found }) => [id, found])).toEqual([
      ["equal", "pass"],
      ["headroom", "pass"],
    ]);
    expect(measures?.active).toMatchObject({ samples: 30, missedSamples: 1, conflicts: [{ member: "east" }, {}] });
  });

  it("shows its curves, the gaps in them and the conflicts", async () => {
    const { group: found, conflicts } = await readBundleView(bundle.folder);
    const east = found?.memory.find((one) => one.member === "east");
    expect(east?.points.at(-1)).toMatchObject({ usedBytes: 60_000_000, rssBytes: 90_000_000, maxBytes: 100_000_000 });
    expect(found?.missed).toHaveLength(1);
    expect(found?.forecast.points.some(({ minutesToOom }) => minutesToOom !== null)).toBe(true);
    expect(conflicts).toEqual([{ member: "east", count: 1, first: [{ ...conflict, lostValue: "dmFsdWU=" }] }]);
  });

  it.each([SIGNALS, CONFLICTS])("is found changed by the byte in %s", async (name) => {
    const good = await readFile(path.join(bundle.folder, name));
    for (const share of [0, 0.3, 0.6, 0.999]) {
      const place = Math.floor(share * good.length);
      const flipped = good.with(place, (good[place] ?? 0) ^ 0x10);
      const problems = await problemsAfter((folder) => writeFile(path.join(folder, name), flipped));
      expect(problems).toContain(name);
    }
  });

  it("cannot be made better by the one who holds the key: the measures follow from the samples", async () => {
    const problems = await problemsAfter(async (folder) => {
      const file = path.join(folder, SIGNALS);
      const better = (await readNdjsonLines(file)).map((line, n) => (n === 0 ? line : halved(line as SignalSample)));
      await written(file, better);
      await resealed(folder, bundle.privateKey);
    });
    expect(problems).toContain("measures.json");
    expect(problems).not.toContain(SIGNALS);
  });

  it("is measured from what is there when its samples end in the middle of one", async () => {
    await bundle.copied(async (folder) => {
      const file = path.join(folder, SIGNALS);
      await truncate(file, (await readFile(file)).length - 20);
      const { group: found, measures } = await readBundleView(folder);
      expect(found?.nickname).toBe("boards");
      const samples = measures.active?.samples ?? 0;
      expect(samples).toBeGreaterThan(0);
      expect(samples).toBeLessThan(30);
    });
  });
});

function halved(sample: SignalSample): SignalSample {
  if ("missed" in sample) return sample;
  const members: GroupSample["members"] = sample.members.map((one) =>
    one.view ? { ...one, view: { ...one.view, usedMemoryBytes: one.view.usedMemoryBytes / 2 } } : one,
  );
  return { ...sample, members };
}
