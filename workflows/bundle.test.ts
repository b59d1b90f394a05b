import path from "node:path";
import { bundleWorkflowCode } from "@temporalio/worker";
import { describe, expect, it } from "vitest";

describe("the workflow bundle", () => {
  it("holds no client of a cache, no web server and nothing of Node", async () => {
    const { code } = await bundleWorkflowCode({ workflowsPath: path.join(import.meta.dirname, "index.ts") });
    expect(code).toContain("runDrill");
    for (const word of ["node_modules/ioredis", "node_modules/fastify", "@azure/", "node:fs"]) {
      expect(code.includes(word), `${word} is in the bundle`).toBe(false);
    }
  });
});
