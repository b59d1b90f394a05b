import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Command } from "commander";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CliContext } from "./context.ts";
import { createProgram } from "./program.ts";
import { runCli } from "./run.ts";
import { runIn } from "./run.test-helper.ts";

let home: string;
beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), "lifeboat-cli-"));
});
afterAll(() => rm(home, { recursive: true, force: true }));
const run = (...args: string[]) => runIn(home, ...args);

function linesOf(command: Command, before: readonly string[] = []): string[][] {
  return command.commands.flatMap((each) => [[...before, each.name()], ...linesOf(each, [...before, each.name()])]);
}

const anyContext: CliContext = {
  home: "/nowhere",
  print: () => undefined,
  say: () => undefined,
  write: { out: () => undefined, err: () => undefined },
  live: false,
  exitCode: 0,
};

describe("the help", () => {
  it.each(linesOf(createProgram(anyContext)).map((line) => [line.join(" "), line] as const))(
    "of %s ends with examples and exits with 0",
    async (_, line) => {
      const { code, out } = await run(...line, "--help");
      expect(code).toBe(0);
      expect(out).toContain("Examples:\n  $ ");
    },
  );
});

describe("a bad input", () => {
  it.each([
    ["an unknown command", ["upp"], "upp"],
    ["an unknown option", ["up", "--fast"], "--fast"],
    ["a missing argument", ["scenario", "validate"], "FILE"],
    ["an unknown scenario", ["scenario", "validate", "no-such"], "SCENARIO"],
    ["an unknown fault", ["fault", "inject", "flood", "westeurope", "--for", "3s"], "KIND"],
    ["a duration without its unit", ["fault", "inject", "region-outage", "westeurope", "--for", "30"], "--for"],
    ["a fault that lasts too long", ["fault", "inject", "region-outage", "westeurope", "--for", "2h"], "--for"],
    ["a mode that does not exist", ["fault", "inject", "region-outage", "w", "--for", "3s", "--mode", "melt"], "mode"],
    ["a link without its end", ["fault", "inject", "link-loss", "westeurope", "--for", "3s"], "TARGET"],
    ["a fault to heal that is not named", ["fault", "heal"], "ID"],
  ])("such as %s exits with 64 and names the field", async (_, args, field) => {
    const { code, err } = await run(...args);
    expect(code).toBe(64);
    expect(err).toContain(field);
    expect(err).not.toContain("    at ");
  });

  it("in a scenario names the field as its author wrote it", async () => {
    const file = path.join(home, "bad.yaml");
    await writeFile(file, "schema: lifeboat/scenario/1\nname: bad\nfrobnicate: 1\n");
    const { code, err } = await run("scenario", "validate", file);
    expect(code).toBe(64);
    expect(err).toMatch(/^lifeboat: [a-zA-Z]+: /);
  });
});

describe("a defect of ours", () => {
  it("exits with 70 and shows where it was", async () => {
    const err: string[] = [];
    const broken: CliContext = {
      ...anyContext,
      home,
      print: () => {
        throw new TypeError("cannot print");
      },
      say: (text) => err.push(text),
    };
    expect(await runCli(["scenario", "list"], broken)).toBe(70);
    expect(err.join("\n")).toMatch(/a defect of ours: cannot print[^]*run\.test\.ts/);
  });
});

describe("a command that needs a process", () => {
  it("exits with 69 and says how to start it", async () => {
    const { code, err } = await run("fault", "list");
    expect(code).toBe(69);
    expect(err).toContain("keeper is not running");
    expect(err).toContain("bin/lifeboat up");
  });
});
