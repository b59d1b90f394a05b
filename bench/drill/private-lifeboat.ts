import path from "node:path";
import { z } from "zod";
import { LifeboatError } from "../../base/errors.ts";
import { projectRoot } from "../../base/paths.ts";
import type { ChildProcesses, Output } from "../child-processes.ts";

const drillTimeoutMs = 180_000;
const shortTimeoutMs = 60_000;
/** Pass, fail and inconclusive: the drill ran to its end. */
const judged: readonly (number | null)[] = [0, 1, 2];

const outcomeSchema = z.object({ drillId: z.string(), overall: z.string(), ending: z.string(), folder: z.string() });
export type FinishedDrill = z.infer<typeof outcomeSchema>;

/** The command line in a place of its own: state, bundles and keys below one folder, caches as processes. */
export type PrivateLifeboat = {
  readonly home: string;
  /** Leaves everything up afterwards. @throws UNAVAILABLE when it did not come to a verdict */
  drill(scenario: string): Promise<FinishedDrill>;
  /** How long `verify` of a bundle takes, its start included. @throws INTERNAL when it is not valid */
  verifyMs(folder: string): Promise<number>;
  down(): Promise<void>;
};

export function privateLifeboat(folder: string, children: ChildProcesses): PrivateLifeboat {
  const home = path.join(folder, "home");
  const keys = path.join(folder, "keys.json");
  const env = {
    LIFEBOAT_HOME: home,
    LIFEBOAT_BUNDLES: path.join(folder, "bundles"),
    LIFEBOAT_KEYS: path.join(folder, "keys"),
    LIFEBOAT_HOST: "process",
  };
  const cli = (args: readonly string[], timeoutMs: number): Promise<Output> => {
    const main = path.join(projectRoot, "cli", "main.ts");
    const all = ["--disable-warning=ExperimentalWarning", main, ...args];
    return children.run({ program: process.execPath, args: all, env }, timeoutMs);
  };
  return {
    home,
    async drill(scenario) {
      const ran = await cli(["drill", scenario, "--json", "--keep-up"], drillTimeoutMs);
      if (judged.includes(ran.code)) return outcomeSchema.parse(JSON.parse(ran.stdout));
      throw new LifeboatError("UNAVAILABLE", `the drill ended with exit code ${ran.code}: ${ran.stderr.slice(-500)}`);
    },
    async verifyMs(bundle) {
      await cli(["keys", "export", keys], shortTimeoutMs);
      const startMs = performance.now();
      const ran = await cli(["verify", bundle, "--keys", keys], shortTimeoutMs);
      if (ran.code === 0) return performance.now() - startMs;
      throw new LifeboatError("INTERNAL", `the bundle is not valid: ${ran.stdout.slice(0, 500)}`);
    },
    async down() {
      await cli(["down"], shortTimeoutMs);
    },
  };
}
