import { afterEach, describe, expect, it } from "vitest";
import type { HttpEnd, HttpSlots } from "../../base/http1/slots.ts";
import { startChecks, type Checks } from "./checks.ts";
import { createHealth } from "./health.ts";
import type { Instance } from "./instances.ts";

const PATIENT = { timeout: 20_000, interval: 20 };

let checks: Checks | undefined;
afterEach(() => checks?.close());

type Given = { instance: Instance; asked: () => number };

/** An instance whose checks are answered, or not, as `answer` says. */
function given(answer: (done: (end: HttpEnd) => void) => void): Given {
  let count = 0;
  const slots: HttpSlots = {
    send(_, done) {
      count += 1;
      queueMicrotask(() => answer(done));
      return { wasSent: () => true, abandon: () => undefined };
    },
    close: () => undefined,
  };
  const spec = { region: "west", endpoint: { host: "nowhere", port: 1, tls: false } };
  const counts = { version: 1, pushing: false, inFlight: 0, answered: 0, unanswered: 0 };
  return { instance: { name: "app-west", spec, slots, health: createHealth(), ...counts }, asked: () => count };
}

function watch(instance: Instance): Checks {
  return startChecks({ token: "t", instances: () => [instance], checked: () => undefined });
}

function saying(takesWrites: boolean): (done: (end: HttpEnd) => void) => void {
  const body = Buffer.from(JSON.stringify({ cache: "west-cache", takesWrites, detail: takesWrites ? null : "closed" }));
  return (done) => done({ kind: "answer", status: 200, headers: new Map(), body });
}

describe("the checks of an instance", () => {
  it("find one healthy whose cache takes writes", async () => {
    const { instance } = given(saying(true));
    checks = watch(instance);
    await expect.poll(() => checks?.of(instance).state(), PATIENT).toBe("healthy");
  });

  it("find one lost whose cache is closed, and say why", async () => {
    const { instance } = given(saying(false));
    checks = watch(instance);
    await expect.poll(() => checks?.of(instance).state(), PATIENT).toBe("lost");
    expect(checks.of(instance).reason()).toBe("west-cache: closed");
  });

  it("find one lost that answers nobody, with one question under way at a time", async () => {
    const { instance, asked } = given(() => undefined);
    checks = watch(instance);
    await expect.poll(() => checks?.of(instance).state(), PATIENT).toBe("lost");
    expect(asked()).toBeLessThanOrEqual(3);
  });

  it("say nothing of one that is too slow for a check while it answers users", async () => {
    const { instance, asked } = given(() => (instance.answered += 1));
    checks = watch(instance);
    await expect.poll(asked, PATIENT).toBeGreaterThan(5);
    expect(checks.of(instance).state()).toBe("unknown");
  });
});
