import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { setTimeout as sleep } from "node:timers/promises";
import { elapsedMs } from "../../base/clocks.ts";
import { isAlive } from "../../base/processes.ts";
import { waitFor } from "../../base/waits.ts";
import { isStopped } from "./members/process-state.ts";
import { createTestHome, endNow, msUntilThawed, renew, tokenFor, type TestHome } from "./test-lab.ts";

const freeze = { kind: "region-outage", region: "eu", mode: "freeze" } as const;
const kill = { kind: "region-outage", region: "eu", mode: "kill" } as const;

let lab: TestHome;
beforeEach(async () => {
  lab = await createTestHome();
});
afterEach(() => lab.end());

describe("a frozen region", () => {
  it("stands still when the answer comes, and runs again when it is lifted", async () => {
    await lab.start("keeper");
    const member = lab.spawnMember("app");
    const record = await lab.inject("f1", freeze);
    expect(record.state).toBe("active");
    expect(isStopped(member.pid)).toBe(true);
    expect(record.active && elapsedMs(record.active.notBefore, record.active.notAfter)).toBeGreaterThan(0);

    const lifted = await lab.lift("f1");
    expect(lifted).toMatchObject({ state: "lifted", verification: [{ what: "workload app is running", holds: true }] });
    expect(isStopped(member.pid)).toBe(false);
    expect(lab.announced).toEqual([false, true]);
  });

  it("thaws at the end of a lease that nobody renews, and is told as lapsed", async () => {
    await lab.start("keeper");
    const member = lab.spawnMember("app");
    await lab.inject("f1", freeze, { leaseMs: 700 });
    await msUntilThawed(member, 1700);
    const record = await waitFor(
      async () => {
        const found = await lab.get("f1");
        return found.state === "lapsed" && found;
      },
      { what: "the fault to be lapsed", timeoutMs: 5000 },
    );
    expect(record.lifted).not.toBeNull();
  });

  it("stays frozen while its lease is renewed", async () => {
    await lab.start("keeper");
    const member = lab.spawnMember("app");
    await lab.inject("f1", freeze, { leaseMs: 800 });
    for (let round = 0; round < 5; round += 1) {
      await sleep(300);
      await renew(lab.keeper, "f1");
      expect(isStopped(member.pid)).toBe(true);
    }
    await msUntilThawed(member, 1800);
  });

  it("thaws within its lease and a second when the keeper is killed and nobody starts it again", async () => {
    const keeper = await lab.start("keeper");
    const member = lab.spawnMember("app");
    await lab.inject("f1", freeze, { leaseMs: 1500 });
    endNow(keeper);
    expect(isStopped(member.pid)).toBe(true);
    expect(await msUntilThawed(member, 4000)).toBeLessThan(2500);
  });

  it("is taken up again by a keeper that was killed and restarted", async () => {
    const first = await lab.start("keeper");
    const member = lab.spawnMember("app");
    await lab.inject("f1", freeze);
    endNow(first);
    await lab.start("keeper");
    expect((await lab.get("f1")).state).toBe("active");
    expect(isStopped(member.pid)).toBe(true);
    expect((await lab.lift("f1")).state).toBe("lifted");
    expect(isStopped(member.pid)).toBe(false);
  });

  it("is lifted in peace when a member died meanwhile", async () => {
    await lab.start("keeper");
    const member = lab.spawnMember("app");
    await lab.inject("f1", freeze);
    endNow(member);
    await waitFor(() => !isAlive(member), { what: "the member to be gone", timeoutMs: 2000 });
    expect((await lab.lift("f1")).verification).toEqual([{ what: "workload app is gone", holds: true }]);
  });

  it("is not frozen twice: a second outage of the region is refused", async () => {
    await lab.start("keeper");
    lab.spawnMember("app");
    await lab.inject("f1", freeze);
    await expect(lab.inject("f2", kill)).rejects.toMatchObject({ code: "CONFLICT" });
  });
});

describe("a killed region", () => {
  it("is gone when the answer comes, and lifting restarts nothing", async () => {
    await lab.start("keeper");
    const member = lab.spawnMember("app");
    await lab.inject("f1", kill);
    expect(isAlive(member)).toBe(false);
    expect((await lab.lift("f1")).verification).toEqual([{ what: "workload app is gone", holds: true }]);
    expect(isAlive(member)).toBe(false);
  });
});

describe("holding a fault", () => {
  it("injects once however often the request is repeated", async () => {
    await lab.start("keeper");
    lab.spawnMember("app");
    const [first, second] = await Promise.all([lab.inject("f1", freeze), lab.inject("f1", freeze)]);
    expect(second).toEqual(first);
    await expect(lab.inject("f1", kill)).rejects.toMatchObject({ code: "CONFLICT" });
  });

  it("gives each holder a token of its own, higher than all before, and the same again", async () => {
    const first = await lab.start("keeper");
    const a = await tokenFor(lab.keeper, "a");
    const b = await tokenFor(lab.keeper, "b");
    expect(b).toBeGreaterThan(a);
    endNow(first);
    await lab.start("keeper");
    expect(await tokenFor(lab.keeper, "a")).toBe(a);
    expect(await tokenFor(lab.keeper, "c")).toBeGreaterThan(b);
  });

  it("refuses a stale token, and lets a newer holder lift", async () => {
    await lab.start("keeper");
    lab.spawnMember("app");
    await lab.inject("f1", freeze, { fencingToken: 5 });
    await expect(renew(lab.keeper, "f1", { fencingToken: 4 })).rejects.toMatchObject({ code: "STALE_TOKEN" });
    await expect(lab.lift("f1", 4)).rejects.toMatchObject({ code: "STALE_TOKEN" });
    await expect(lab.inject("f2", freeze, { fencingToken: 4 })).rejects.toMatchObject({ code: "STALE_TOKEN" });
    expect((await lab.lift("f1", 6, "newer")).state).toBe("lifted");
    // Another holder's older token comes after a newer one on the same region, also when that is over.
    await expect(lab.inject("f3", kill, { fencingToken: 4, holder: "older" })).rejects.toMatchObject({
      code: "STALE_TOKEN",
    });
  });

  it("lets holders who touch different targets be, in whatever order they came", async () => {
    await lab.start("network");
    await lab.start("keeper");
    const member = lab.spawnMember("app");
    const drill = await tokenFor(lab.keeper, "drill");
    const byHand = await tokenFor(lab.keeper, "by-hand");
    await lab.inject("f1", freeze, { fencingToken: drill });
    const slow = { kind: "link-latency", from: "us", to: "asia", path: "all", latencyMs: 5, jitterMs: 0 } as const;
    await lab.inject("f2", slow, { fencingToken: byHand, holder: "by-hand" });
    await renew(lab.keeper, "f1", { fencingToken: drill });
    await renew(lab.keeper, "f2", { fencingToken: byHand, holder: "by-hand" });
    expect((await lab.lift("f2", byHand, "by-hand")).state).toBe("lifted");
    expect(isStopped(member.pid)).toBe(true);
    await expect(renew(lab.keeper, "f1", { fencingToken: drill, holder: "by-hand" })).rejects.toMatchObject({
      code: "STALE_TOKEN",
    });
    expect((await lab.lift("f1", drill)).state).toBe("lifted");
    expect((await lab.inject("f3", kill, { fencingToken: drill })).state).toBe("active");
  });

  it("refuses a holder whose token was taken over, wherever it acts, and obeys who took over", async () => {
    await lab.start("keeper");
    lab.spawnMember("app");
    const zombie = await tokenFor(lab.keeper, "drill");
    await lab.inject("f1", freeze, { fencingToken: zombie });
    const janitor = await tokenFor(lab.keeper, "drill", true);
    expect(janitor).toBeGreaterThan(zombie);
    const elsewhere = { kind: "memory-pressure", cache: "c1", fillRatio: 0.5 } as const;
    const refused = { code: "STALE_TOKEN" };
    await expect(renew(lab.keeper, "f1", { fencingToken: zombie })).rejects.toMatchObject(refused);
    await expect(lab.lift("f1", zombie)).rejects.toMatchObject(refused);
    await expect(lab.inject("f2", elsewhere, { fencingToken: zombie })).rejects.toMatchObject(refused);
    expect((await lab.lift("f1", janitor)).state).toBe("lifted");
    expect(await tokenFor(lab.keeper, "drill")).toBe(janitor);
  });
});
