import { execFile } from "node:child_process";
import { promisify } from "node:util";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { historyOf } from "./chaos-history.test-helper.ts";
import { runHistory } from "./chaos-run.test-helper.ts";
import { startGroup, type Group } from "./group.test-helper.ts";

const HOUR_US = 3_600_000_000;
const CONVERGE_WITHIN_MS = 20_000;
const TEST_TIMEOUT_MS = 120_000;

let group: Group | undefined;
afterEach(async () => {
  await group?.stop();
  group = undefined;
});

async function start(options: Parameters<typeof startGroup>[1]): Promise<Group> {
  group = await startGroup(3, options);
  return group;
}

/**
 * What `faketime` would set, without the process that it would leave between; and glibc's malloc in front of jemalloc,
 * which asks for the time before the library can answer.
 */
async function anHourAhead(): Promise<string[]> {
  const { stdout } = await promisify(execFile)("faketime", ["-f", "+1h", "env"]);
  const library = stdout.split("\n").find((line) => line.startsWith("LD_PRELOAD="));
  const preload = `LD_PRELOAD=libc_malloc_debug.so.0 ${library?.slice("LD_PRELOAD=".length)}`;
  return ["env", preload, "FAKETIME=+1h", "FAKETIME_DONT_FAKE_MONOTONIC=1"];
}

/** Each member in turn writes over what it has seen of the others; its own write must be what all show then. */
async function expectEachWriteToShow(members: Group): Promise<void> {
  const { clients } = members;
  for (const [round, at] of [1, 2, 0, 2, 1].entries()) {
    const mine = `write ${round}`;
    await clients[at]?.set("note", mine);
    expect(await clients[at]?.get("note")).toBe(mine);
    await members.converged(CONVERGE_WITHIN_MS);
    expect(await Promise.all(clients.map((client) => client.get("note")))).toEqual([mine, mine, mine]);
  }
}

describe("members whose clocks are an hour wrong", () => {
  it("never hide a write behind an older one that its client could see", async () => {
    await expectEachWriteToShow(await start({ clockOffsetsUs: [0, HOUR_US, -HOUR_US] }));
  });

  it(
    "are equal once healed, after 60 random histories",
    async () => {
      const skewed = await start({ clockOffsetsUs: [HOUR_US, 0, -HOUR_US] });
      const property = fc.asyncProperty(historyOf(3), async (history) => await runHistory(skewed, history));
      const outcome = await fc.check(property, { numRuns: 60, endOnFailure: true });
      expect(outcome.failed, `seed ${outcome.seed}: ${String(outcome.errorInstance)}`).toBe(false);
    },
    TEST_TIMEOUT_MS,
  );

  it("of two writes at once, the one of the clock that is ahead wins everywhere", async () => {
    const skewed = await start({ clockOffsetsUs: [0, HOUR_US, 0] });
    await skewed.cut();
    await skewed.clients[1]?.set("motto", "ahead");
    await skewed.clients[0]?.set("motto", "later");
    await skewed.heal();
    await skewed.converged(CONVERGE_WITHIN_MS);
    expect(await skewed.clients[2]?.get("motto")).toBe("ahead");
  });

  it("also when it is redis itself that has the wrong time", async () => {
    const skewed = await start({ serverPrefixes: [[], await anHourAhead()] });
    const [seconds] = (await skewed.clients[1]?.time()) ?? [];
    expect(Number(seconds) * 1000 - Date.now()).toBeGreaterThan(3_500_000);
    await expectEachWriteToShow(skewed);
  });
});
