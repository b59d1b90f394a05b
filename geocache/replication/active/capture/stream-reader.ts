import type { Bytes } from "../operation.ts";
import { DATA_DATABASE, LOG_DATABASE, type SecretNames } from "../secrets.ts";
import type { Captured } from "./captured.ts";
import { translate } from "./translate.ts";

export type StreamEvents = {
  readonly onCaptured: (captured: Captured) => void;
  /** redis's own clock, microseconds since 1970: everything after it in the stream happened at or after it. */
  readonly onTime: (timeUs: number) => void;
  /** What this member's syncer applied itself: origin and last sequence of each part, in the stream's order. */
  readonly onApplied: (marker: Bytes) => void;
  /** A key whose time was up when the syncer touched it. */
  readonly onExpired: (key: Bytes) => void;
  /** A key that went right after the syncer had given it what others wrote: redis found its new time to be over. */
  readonly onExpiredAgain: (key: Bytes) => void;
  /** Somebody emptied the database: never a client, they are not allowed to. */
  readonly onFlushed: () => void;
};

/**
 * Reads the meaning out of a replication stream: which database, which commands belong together, which of them the
 * syncer wrote itself (their brackets hold its marker, measured.md H), what time it was.
 */
export class StreamReader {
  readonly #names: SecretNames;
  readonly #events: StreamEvents;
  #bracket: { readonly commands: (readonly Bytes[])[]; own: boolean } | undefined;
  database: number;

  constructor(names: SecretNames, events: StreamEvents, database: number) {
    this.#names = names;
    this.#events = events;
    this.database = database;
  }

  /** Between brackets a position can be stored and resumed from; within one it cannot. */
  get betweenBrackets(): boolean {
    return this.#bracket === undefined;
  }

  take(args: readonly Bytes[]): void {
    const name = (args[0] ?? "").toLowerCase();
    if (name === "") return;
    if (name === "select") this.database = Number(args[1]);
    else if (name === "multi") this.#bracket = { commands: [], own: false };
    else if (name === "exec") this.#closeBracket();
    else if (name === "flushall" || name === "flushdb" || name === "swapdb") this.#events.onFlushed();
    else if (this.database === LOG_DATABASE) this.#takeOwn(args);
    // In the others there is only what a client copied there.
    else if (this.database === DATA_DATABASE) this.#takeData(name, args);
  }

  #takeOwn(args: readonly Bytes[]): void {
    if (args[1] === this.#names.pulse) return this.#events.onTime(Number(args[2]));
    if (args[1] !== this.#names.marker) return;
    if (this.#bracket !== undefined) this.#bracket.own = true;
    this.#events.onApplied(args[2] ?? "");
  }

  #takeData(name: string, args: readonly Bytes[]): void {
    // What stands before the marker in its bracket is no doing of the syncer: a key that expired when it was touched.
    if (this.#bracket === undefined) this.#deliver(name, args);
    else {
      // The syncer itself removes keys by UNLINK only.
      if (this.#bracket.own && name === "del") this.#takeExpiry(args[1] ?? "", this.#bracket.commands);
      this.#bracket.commands.push(args);
    }
  }

  #takeExpiry(key: Bytes, before: readonly (readonly Bytes[])[]): void {
    if (before.some((args) => args[1] === key)) this.#events.onExpiredAgain(key);
    else this.#events.onExpired(key);
  }

  #closeBracket(): void {
    const commands = this.#bracket === undefined || this.#bracket.own ? [] : this.#bracket.commands;
    this.#bracket = undefined;
    for (const args of commands) this.#deliver((args[0] ?? "").toLowerCase(), args);
  }

  #deliver(name: string, args: readonly Bytes[]): void {
    for (const captured of translate(name, args)) this.#events.onCaptured(captured);
  }
}
