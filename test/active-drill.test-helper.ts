import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { projectRoot } from "../base/paths.ts";
import { measuresSchema, verdictSchema, type Measures } from "../evidence/bundle.ts";
import { eventSchema, type DrillEvent } from "../evidence/events.ts";
import type { ActiveMeasure } from "../evidence/active-bundle.ts";
import { lifeboat, newPlace, type Ran } from "./whole-drill.test-helper.ts";

type Verdict = ReturnType<typeof verdictSchema.parse>;

/** What a drill of an active group left behind. */
export type ActiveDrill = {
  readonly ran: Ran;
  readonly verified: Ran;
  readonly verdict: Verdict;
  readonly measures: Measures;
  readonly active: ActiveMeasure;
  readonly events: readonly DrillEvent[];
  /** The lab's estate as it was while the drill ran. */
  readonly estate: unknown;
  readonly home: string;
};

/** Runs one drill in a place of its own, verifies its bundle with exported keys alone, and hands over what it says. */
export async function drillAlone(
  host: "process" | "container",
  scenario: string,
  look: (drill: ActiveDrill) => Promise<void> | void,
): Promise<void> {
  const env = await newPlace(host);
  const bundles = env["LIFEBOAT_BUNDLES"] ?? "";
  const place = path.dirname(bundles);
  try {
    const ran = await lifeboat(env, ["drill", scenario, "--approve-as", "olga"], 300_000);
    const [name = "none"] = await readdir(bundles).catch(() => []);
    const bundle = path.join(bundles, name);
    const keys = path.join(place, "keys.json");
    await lifeboat(env, ["keys", "export", keys]);
    const verified = await lifeboat(env, ["verify", bundle, "--keys", keys]);
    const text = (file: string): Promise<string> => readFile(path.join(bundle, file), "utf8");
    const json = async (file: string): Promise<unknown> => JSON.parse(await text(file));
    const measures = measuresSchema.parse(await json("measures.json"));
    if (!measures.active) throw new Error(`no group was measured: ${ran.stdout}${ran.stderr}`);
    await look({
      ran,
      verified,
      verdict: verdictSchema.parse(await json("verdict.json")),
      measures,
      active: measures.active,
      events: linesOf(await text("events.jsonl")),
      estate: await json("env/estate.json"),
      home: env["LIFEBOAT_HOME"] ?? "",
    });
  } finally {
    await lifeboat(env, ["down"]);
    await rm(place, { recursive: true, force: true });
  }
}

function linesOf(text: string): DrillEvent[] {
  return text
    .trim()
    .split("\n")
    .map((line) => eventSchema.parse(JSON.parse(line)));
}

/** Figures that a loaded machine keeps, and waits as short as the story allows. */
const quicker: readonly (readonly [from: RegExp, to: string])[] = [
  [/^baselineMs: \d+/m, "baselineMs: 3000"],
  [/objectiveIntervalMs: \d+/, "objectiveIntervalMs: 20"],
  [/otherIntervalMs: \d+/, "otherIntervalMs: 200"],
  [/timeoutMs: 500$/m, "timeoutMs: 1000"],
  [/op: write, atMostMs: \d+/, "op: write, atMostMs: 60000"],
  [/(lost-writes, atMost: )[1-9]\d*/, "$11000"],
  [/atMostMs: 80 /g, "atMostMs: 1000 "],
];

/** A scenario that ships with Lifeboat, made quick, as a file in `folder`. */
export async function quickened(name: string, folder: string): Promise<string> {
  const text = await readFile(path.join(projectRoot, "scenarios", `${name}.yaml`), "utf8");
  const file = path.join(folder, `${name}.yaml`);
  await writeFile(
    file,
    quicker.reduce((now, [from, to]) => now.replace(from, to), text),
  );
  return file;
}

/** What a check of the drill found. */
export function found({ events }: ActiveDrill, check: string): unknown {
  const event = events.find(({ data }) => data["check"] === check);
  return { type: event?.type, found: event?.data["found"] ?? event?.data["why"] };
}
