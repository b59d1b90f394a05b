import { ApplicationFailure } from "@temporalio/common";
import { MockActivityEnvironment } from "@temporalio/testing";
import { describe, expect, it } from "vitest";
import { LifeboatError, type ErrorCode } from "../base/errors.ts";
import { createActivities } from "./create-activities.ts";
import { depsWith, drill, startStub } from "./deps.test-helper.ts";

async function failureOf(work: () => Promise<unknown>): Promise<ApplicationFailure> {
  const failure: unknown = await work().then(
    () => undefined,
    (error: unknown) => error,
  );
  if (failure instanceof ApplicationFailure) return failure;
  throw new Error("no failure that crosses Temporal", { cause: failure });
}

describe("an act that fails", () => {
  it.each([
    ["BAD_INPUT", true],
    ["STALE_TOKEN", true],
    ["UNAVAILABLE", false],
    ["CONFLICT", false],
  ] satisfies [ErrorCode, boolean][])("crosses Temporal as its code %s, final: %s", async (code, final) => {
    const recorder = await startStub((api) => {
      api.post("/bundles/:id/seal", () => {
        throw new LifeboatError(code, "as told", { field: "ending", hint: "try this" });
      });
    });
    const acts = createActivities(depsWith({ recorder: recorder.client }));
    const seal = (): Promise<unknown> =>
      new MockActivityEnvironment().run(acts.seal, { drill, ending: "completed" as const });
    const failure = await failureOf(seal);
    expect(failure).toMatchObject({ type: code, nonRetryable: final, message: "as told" });
    expect(failure.details).toEqual([{ field: "ending", hint: "try this" }]);
    await recorder.close();
  });

  it("because its process is away may be tried again", async () => {
    const recorder = await startStub(() => undefined);
    await recorder.close();
    const acts = createActivities(depsWith({ recorder: recorder.client }));
    const failure = await failureOf(() => new MockActivityEnvironment().run(acts.bundleState, "d1"));
    expect(failure).toMatchObject({ type: "UNAVAILABLE", nonRetryable: false });
  });
});

describe("what was never there", () => {
  it("is no failure: a bundle that was not opened, an observation that did not run", async () => {
    const nothing = await startStub(() => undefined);
    const { client } = nothing;
    const home = "/nowhere";
    const acts = createActivities(depsWith({ home, recorder: client, observer: client, ledger: client }));
    expect(await new MockActivityEnvironment().run(acts.bundleState, "d1")).toBe("absent");
    await expect(new MockActivityEnvironment().run(acts.stopObservation, drill)).resolves.toBeUndefined();
    await nothing.close();
  });
});

describe("a long act", () => {
  it("says that it still runs, and ends when it is cancelled", async () => {
    const keeper = await startStub((api) => {
      api.post("/faults/:id/renew", () => new Promise(() => undefined));
      api.get("/faults", () => ({ faults: [] }));
    });
    const acts = createActivities(depsWith({ keeper: keeper.client }));
    const environment = new MockActivityEnvironment();
    let beats = 0;
    environment.on("heartbeat", () => {
      beats += 1;
      if (beats === 2) environment.cancel();
    });
    const input = { drill, faultId: "f1", leaseMs: 4000 };
    await expect(environment.run(acts.holdFault, input)).rejects.toMatchObject({ name: "AbortError" });
    expect(beats).toBe(2);
    await keeper.close();
  });
});
