import { readFile, readdir, rm } from "node:fs/promises";
import path from "node:path";
import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { projectRoot } from "../base/paths.ts";
import { lifeboat, newPlace } from "../test/whole-drill.test-helper.ts";
import type { CliContext } from "./context.ts";
import { createProgram } from "./program.ts";
import { runCli } from "./run.ts";

const said: string[] = [];
const context: CliContext = {
  home: "/nowhere",
  print: (text) => said.push(text),
  say: (text) => said.push(text),
  write: { out: (text) => said.push(text), err: (text) => said.push(text) },
  live: false,
  exitCode: 0,
};

/** The command lines of ours in a text: in a fenced block, between back-ticks, or after a prompt. */
function linesIn(text: string): string[] {
  const found = text.matchAll(/(?:^|[`$] ?|\s)(?:bin\/lifeboat|npm run drill(?: --)?|\$ lifeboat) ?([^`\n#]*)/gm);
  return [...found].map(([, line = ""]) => line.replace(/\s{2,}.*$/, "").trim());
}

/** Words as a shell would see them, up to what belongs to the shell. */
function wordsOf(line: string): string[] {
  const words = line.match(/'[^']*'|\S+/g) ?? [];
  const end = words.findIndex((word) => /^[>|&]/.test(word));
  return words.slice(0, end < 0 ? words.length : end).map((word) => word.replace(/^'|'$|[.,;:)]+$/g, ""));
}

/** Parses a line without doing it: a command that exists, with options and arguments that it takes. */
function problemWith(words: readonly string[]): string | null {
  const program = createProgram(context);
  let problem: string | null = null;
  const silence = (command: Command): void => {
    command
      .action(() => undefined)
      .exitOverride((error) => {
        problem = error.exitCode === 0 ? null : error.message;
        throw error;
      });
    command.commands.forEach(silence);
  };
  program.commands.forEach(silence);
  try {
    program.parse([...words], { from: "user" });
  } catch (error) {
    problem ??= (error as { exitCode?: number }).exitCode === 0 ? null : String(error);
  }
  return problem;
}

function allCommands(command: Command): Command[] {
  return command.commands.flatMap((each) => [each, ...allCommands(each)]);
}

async function documents(): Promise<string[]> {
  const inDocs = (await readdir(path.join(projectRoot, "docs"))).filter((name) => name.endsWith(".md"));
  return ["README.md", "CONTRIBUTING.md", ...inDocs.map((name) => `docs/${name}`)];
}

describe("a documented command line", () => {
  it("is one that the command line takes", async () => {
    let checked = 0;
    for (const document of await documents()) {
      const text = await readFile(path.join(projectRoot, document), "utf8");
      for (const line of linesIn(text)) {
        const words = wordsOf(line);
        // `bin/lifeboat` by itself names the program; a group such as `fault` shows its help.
        if (words.length === 0) continue;
        expect(problemWith(words), `${document}: bin/lifeboat ${line}`).toBeNull();
        checked += 1;
      }
    }
    expect(checked).toBeGreaterThan(15);
  });

  it("in the examples of each command's help is one too", async () => {
    for (const command of allCommands(createProgram(context))) {
      said.length = 0;
      const names = pathOf(command);
      expect(await runCli([...names, "--help"], context)).toBe(0);
      const examples = (said.join("").split("Examples:")[1] ?? "")
        .split("\n")
        .filter((line) => line.includes("lifeboat"));
      expect(examples.length, names.join(" ")).toBeGreaterThan(0);
      for (const example of examples) {
        const [, line = ""] = /lifeboat (.*?)(?: {2,}|$)/.exec(example) ?? [];
        expect(problemWith(wordsOf(line)), example).toBeNull();
      }
    }
  });

  it("would be refused if it were wrong", () => {
    expect(problemWith(["drill", "--outage-mode", "melt"])).toContain("melt");
    expect(problemWith(["scenario", "validate"])).toContain("missing required argument");
    expect(problemWith(["fault", "inject", "KIND", "TARGET"])).toContain("--for");
    expect(problemWith(["sink"])).toContain("unknown command");
  });
});

function pathOf(command: Command): string[] {
  return command.parent?.parent ? [...pathOf(command.parent), command.name()] : [command.name()];
}

describe("a documented command that needs no drill", () => {
  it.each([
    [["scenario", "list"], "region-outage"],
    [["scenario", "validate", "scenarios/planned-failover.yaml"], "planned-failover is valid; plan "],
    [["keys", "export", "keys.json"], "keys.json"],
    [["drill", "list"], "no drills yet"],
    [["status"], "worker"],
    [["down"], "down: ended 0 processes"],
  ])("%j does what it says with nothing running", async (args, expected) => {
    const env = await newPlace("process");
    const folder = path.dirname(env["LIFEBOAT_HOME"] ?? "");
    try {
      const { code, stdout, stderr } = await lifeboat(
        env,
        args.map((arg) => arg.replace("keys.json", `${folder}/keys.json`)),
      );
      expect([code, stdout], stderr).toEqual([0, expect.stringContaining(expected)]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe("a documented link", () => {
  it("leads to a file that exists", async () => {
    for (const document of await documents()) {
      const text = await readFile(path.join(projectRoot, document), "utf8");
      for (const [, target = ""] of text.matchAll(/\]\(([^)#:]+)\)/g)) {
        const file = path.join(projectRoot, path.dirname(document), target);
        await expect(readdir(path.dirname(file)), `${document}: ${target}`).resolves.toContain(path.basename(file));
      }
    }
  });
});
