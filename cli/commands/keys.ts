import { writeFile } from "node:fs/promises";
import type { Command } from "commander";
import { LifeboatError, messageOf } from "../../base/errors.ts";
import { keysFolder } from "../../base/paths.ts";
import { publicKeysDocument } from "../../evidence/keys.ts";
import { newCommand } from "../command.ts";
import type { CliContext } from "../context.ts";

export function keysCommand(context: CliContext): Command {
  const command = newCommand("keys", "The keys that evidence is sealed with.", [
    ["lifeboat keys export keys.json", "the public keys, for whoever verifies"],
  ]);
  command.addCommand(exportCommand(context));
  return command;
}

function exportCommand(context: CliContext): Command {
  return newCommand("export", "Write the public keys, retired ones included; private keys never leave their folder.", [
    ["lifeboat keys export keys.json", "give this file to an auditor"],
  ])
    .argument("<FILE>", "the file to write")
    .action(async (file: string) => {
      const document = await publicKeysDocument(keysFolder());
      await writeFile(file, `${JSON.stringify(document, null, 2)}\n`).catch((error: unknown) => {
        throw new LifeboatError("BAD_INPUT", `FILE: ${file} cannot be written: ${messageOf(error)}`, { field: "FILE" });
      });
      context.print(`${document.keys.length} public key(s) in ${file}`);
    });
}
