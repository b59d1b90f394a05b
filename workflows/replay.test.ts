import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { bundleWorkflowCode, Worker, type WorkflowBundleWithSourceMap } from "@temporalio/worker";
import { beforeAll, describe, expect, it } from "vitest";
import { projectRoot } from "../base/paths.ts";

/**
 * Histories of real drills, as `temporal workflow show --workflow-id ID --output json` prints them. A drill that is
 * under way while Lifeboat is updated goes on from such a history.
 */
const folder = path.join(projectRoot, "test", "histories");
const files = (await readdir(folder)).filter((name) => name.endsWith(".json"));

type History = { readonly events: { readonly eventType: string }[] };

let workflowBundle: WorkflowBundleWithSourceMap;
beforeAll(async () => {
  workflowBundle = await bundleWorkflowCode({ workflowsPath: path.join(import.meta.dirname, "index.ts") });
});

async function historyIn(file: string): Promise<History> {
  return JSON.parse(await readFile(path.join(folder, file), "utf8")) as History;
}

async function replay(history: unknown): Promise<void> {
  await Worker.runReplayHistory({ workflowBundle }, history, "stored");
}

describe("the history of a real drill", () => {
  it("is there for each way to lose a region, its runbooks and its janitor", () => {
    const pairs = ["latency-injection", "planned-failover", "region-outage"];
    const outage = ["failover", "janitor", "rejoin"].map((name) => `region-outage.${name}`);
    const unlink = "force-unlink-memory-pressure";
    const groups = ["leaderboard", unlink, `${unlink}.force-unlink`, `${unlink}.rejoin`];
    const all = [...pairs, ...outage, ...groups].map((name) => `${name}.json`);
    expect(files.toSorted()).toEqual(all.toSorted());
  });

  it.each(files)("%s replays on today's workflows, and is of a decent size", async (file) => {
    const history = await historyIn(file);
    await expect(replay(history)).resolves.toBeUndefined();
    expect(history.events.length).toBeLessThan(600);
    expect(Buffer.byteLength(JSON.stringify(history))).toBeLessThan(300_000);
  });

  it("does not replay when another act was done", async () => {
    const text = JSON.stringify(await historyIn("region-outage.json"));
    const other: unknown = JSON.parse(text.replaceAll('"name":"injectFault"', '"name":"liftAllFaults"'));
    await expect(replay(other)).rejects.toThrow(/[Nn]ondeterminism/);
  });
});
