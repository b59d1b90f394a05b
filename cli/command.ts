import { Command } from "commander";

export type Example = readonly [line: string, meaning: string];

/** A command with the habits all of ours share: errors come back to `run`, and the help ends with examples. */
export function newCommand(name: string, description: string, examples: readonly Example[]): Command {
  const width = Math.max(...examples.map(([line]) => line.length));
  const lines = examples.map(([line, meaning]) => `  $ ${line.padEnd(width)}  ${meaning}`);
  return new Command(name)
    .description(description)
    .exitOverride()
    .showHelpAfterError("(--help shows the options)")
    .addHelpText("after", `\nExamples:\n${lines.join("\n")}`);
}
