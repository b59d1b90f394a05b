import type { Bytes } from "../operation.ts";
import { unknownKey, type Captured, type Translation } from "./captured.ts";
import { collectionCommands } from "./commands/collections.ts";
import { keyCommands } from "./commands/keys.ts";
import { listCommands } from "./commands/lists.ts";
import { streamCommands } from "./commands/streams.ts";
import { stringCommands } from "./commands/strings.ts";

const TRANSLATIONS: ReadonlyMap<string, Translation> = new Map(
  Object.entries({ ...stringCommands, ...keyCommands, ...collectionCommands, ...listCommands, ...streamCommands }),
);

/** They carry no data of a client: the talk of replication, libraries, messages. */
const WITHOUT_DATA = new Set(["ping", "replconf", "publish", "spublish", "script", "function", "eval", "evalsha"]);

/** What one command of the stream did; `name` in lower case. One that is not known counts as one that changed its first key. */
export function translate(name: string, args: readonly Bytes[]): readonly Captured[] {
  if (WITHOUT_DATA.has(name)) return [];
  const rest = args.slice(1);
  return TRANSLATIONS.get(name)?.(rest) ?? unknownKey(rest[0]);
}
