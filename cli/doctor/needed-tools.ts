import { LifeboatError } from "../../base/errors.ts";
import { readChoice } from "../../geocache/hosts/choose-host.ts";
import { findTool } from "./find-tool.ts";

/** The programs beside Node without which there is no drill, and the one command that gets each of them. */
export const neededTools = {
  temporal: { variable: "LIFEBOAT_TEMPORAL", help: "go install github.com/temporalio/cli/cmd/temporal@v1.5.1" },
  k6: { variable: "LIFEBOAT_K6", help: "go install go.k6.io/k6@v1.8.1" },
  "redis-server": {
    variable: "LIFEBOAT_REDIS_SERVER",
    help: "apt-get install redis-server (or your system's package manager)",
  },
} as const;
type NeededTool = keyof typeof neededTools;

/** Where the tool is. @throws TOOL_MISSING with the command that helps */
export async function requireTool(name: NeededTool): Promise<string> {
  const { variable, help } = neededTools[name];
  const found = await findTool(name, variable);
  if (found !== undefined) return found;
  const explicit = process.env[variable];
  const where = explicit ? `${variable}=${explicit} is no program` : "it is neither on the PATH nor in the cache";
  throw new LifeboatError("TOOL_MISSING", `${name} is missing: ${where}`, { hint: help });
}

/** For the caches of a home that is up. @throws TOOL_MISSING when they are to be processes */
export async function requireCacheTool(home: string): Promise<void> {
  if ((await readChoice(home))?.kind !== "container") await requireTool("redis-server");
}
