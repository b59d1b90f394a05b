import type { Command } from "commander";
import { z } from "zod";
import { LifeboatError, messageOf } from "../../base/errors.ts";
import { readJson } from "../../base/files.ts";
import { readEnvironment } from "../../evidence/read-bundle.ts";
import { verifyBundle, type Verification } from "../../evidence/verify.ts";
import { renderers } from "../../reports/index.ts";
import { newCommand } from "../command.ts";
import type { CliContext } from "../context.ts";

/** Of `verify` alone: an auditor's script must tell "not valid" from "not checked". */
const verifyCodes = { valid: 0, invalid: 1, couldNotRun: 2 } as const;

type Rendering = { readonly folder: string; readonly found: Verification; readonly sealedWith: string | null };
type Options = { readonly keys: string; readonly run?: string; readonly json?: true };

export function verifyCommand(context: CliContext): Command {
  return newCommand(
    "verify",
    "Check a bundle, recompute its verdict and reports from raw data; nothing needs to run.",
    [
      ["lifeboat verify bundles/DRILL --keys keys.json", "exit code 0 valid, 1 not valid, 2 could not be checked"],
      ["lifeboat verify bundles/DRILL --keys keys.json --json", "every problem, for programs"],
    ],
  )
    .argument("<DIR>", "the bundle's folder")
    .requiredOption("--keys <file>", "trusted public keys, as written by keys export; never from the bundle itself")
    .option("--run <id>", "the drill that the bundle is claimed to be of")
    .option("--json", "as JSON")
    .action(async (folder: string, options: Options) => {
      try {
        const run = options.run === undefined ? {} : { expectRun: options.run };
        const found = await verifyBundle(folder, { keys: await readKeys(options.keys), renderers, ...run });
        context.print(
          options.json ? JSON.stringify(found, null, 2) : render({ folder, found, sealedWith: await commitOf(folder) }),
        );
        context.exitCode = found.valid ? verifyCodes.valid : verifyCodes.invalid;
      } catch (error) {
        context.say(`lifeboat: could not verify: ${messageOf(error)}`);
        context.exitCode = verifyCodes.couldNotRun;
      }
    });
}

async function readKeys(file: string): Promise<unknown> {
  const found = await readJson(file).catch((error: unknown) => {
    throw new LifeboatError("BAD_INPUT", `--keys: ${file}: ${messageOf(error)}`, { field: "--keys", cause: error });
  });
  if (found === undefined)
    throw new LifeboatError("BAD_INPUT", `--keys: there is no file ${file}`, { field: "--keys" });
  return found;
}

/** A bundle may come from anyone: what it holds must not steer a terminal. */
function printable(text: string): string {
  return text.replaceAll(/\p{C}/gu, "\ufffd");
}

/** What is derived is derived anew by the program that verifies: another version may rightly derive otherwise. */
function hintFor(commit: string | null): string[] {
  if (commit === null) return [];
  return [
    `  If only files that are derived are named: the bundle says it was sealed by commit ${commit}; try with that.`,
  ];
}

async function commitOf(folder: string): Promise<string | null> {
  const { versions } = await readEnvironment(folder);
  return z.object({ commit: z.string().regex(/^[0-9a-f]{7,64}$/) }).safeParse(versions).data?.commit ?? null;
}

function render({ folder, found, sealedWith }: Rendering): string {
  if (!found.valid) {
    const problems = found.problems.map(({ file, problem }) => `  ${printable(file)}: ${printable(problem)}`);
    return [`NOT VALID  ${folder}`, ...problems, ...hintFor(sealedWith)].join("\n");
  }
  const { verdict } = found;
  return `VALID  ${folder}\n  recomputed verdict: ${verdict?.overall ?? "none"} (${verdict?.ending ?? "unknown ending"})`;
}
