import path from "node:path";
import { ensureDependencies, node24, root } from "./dependencies.mjs";
import { resolveTool } from "./resolve-tool.mjs";
import { become } from "./run-command.mjs";
import { say, SetUpError } from "./say.mjs";
import { tools } from "./tools.mjs";

// Plain JavaScript that Node 20 understands: this runs before anything is installed.

const cli = path.join(root, "cli", "main.ts");
const vitest = path.join(root, "node_modules", "vitest", "vitest.mjs");

/** Commands that neither start nor need the tools. */
const toolless = new Set([
  "doctor",
  "verify",
  "report",
  "keys",
  "scenario",
  "status",
  "down",
  "--help",
  "-h",
  "--version",
]);

const commands = {
  drill: (args) => [cli, "drill", ...args],
  cli: (args) => [cli, ...args],
  test: (args) => [vitest, "run", ...args],
  bench: (args) => [path.join(root, "bench", "main.ts"), ...args],
  check: () => [path.join(root, "test", "check.ts")],
};

async function toolEnvironment(command, args) {
  if (
    command === "check" ||
    (command === "cli" && (args.length === 0 || toolless.has(args[0]) || args.includes("--help")))
  ) {
    return {};
  }
  const found = {};
  for (const tool of tools) found[tool.variable] = await resolveTool(tool);
  return found;
}

async function main([command = "cli", ...args]) {
  const build = commands[command];
  if (!build) throw new SetUpError(`unknown command "${command}"`, `one of ${Object.keys(commands).join(", ")}`);
  await ensureDependencies();
  const node = node24();
  const env = { ...process.env, ...(await toolEnvironment(command, args)) };
  env.PATH = `${path.dirname(node)}${path.delimiter}${env.PATH ?? ""}`;
  const cwd = command === "cli" || command === "drill" ? process.cwd() : root;
  return await become(node, ["--disable-warning=ExperimentalWarning", ...build(args)], { env, cwd });
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error) => {
    if (!(error instanceof SetUpError)) throw error;
    say(error.message);
    say(`what would help: ${error.hint}`);
    process.exit(69);
  },
);
