import { ByteWriter } from "../codec/bytes.ts";
import type { LoggedOperation } from "../codec/logged-operation.ts";
import type { Bytes } from "../operation.ts";
import type { Command } from "./commands.ts";

/** One call hands over no more than this: redis serves nobody else while it reads it. */
const PART_BYTES = 128 * 1024;
/** Lua passes no more than some thousand arguments on at once. */
const MAX_ARGUMENTS = 1000;

/** What is carried out as one command as long as nothing else comes between: values for keys, cells of a key. */
type Run = { readonly head: readonly Bytes[]; readonly countAt: number; arguments: number };

/**
 * Commands for the apply function, as lists of lists in MessagePack: Lua has them from there in one call, where
 * arguments of the protocol cost each of both sides more than the command itself.
 */
export class Work {
  readonly #parts: Buffer[] = [];
  #writer = new ByteWriter();
  #commands = 0;
  #run: Run | undefined;

  constructor() {
    this.#begin();
  }

  add(command: Command): void {
    const [word = "", key = ""] = command;
    const mergeable = MERGED.has(word) && command.length <= MAX_ARGUMENTS;
    if (!mergeable) return this.#addWhole(command);
    this.#extend([word, key], command.length - 2);
    for (let at = 2; at < command.length; at += 1) this.#text(command[at] ?? "");
    this.#cutIfLarge();
  }

  /** SETs behind each other become one MSET, and their values are never looked at here. */
  addPlainSet(operation: LoggedOperation): void {
    const { start, end } = operation.placeOfValue();
    this.#extend(SET_MANY, 2);
    this.#text(operation.key);
    this.#header(end - start);
    this.#writer.copy(operation.source.bytes, start, end);
    this.#cutIfLarge();
  }

  /** In the order in which they have to be carried out. */
  take(): readonly Buffer[] {
    this.#cut();
    return this.#parts;
  }

  #addWhole(command: Command): void {
    this.#endRun();
    this.#open(command.length);
    for (const argument of command) this.#text(argument);
    this.#cutIfLarge();
  }

  /** Room for `more` arguments behind those of the same head. */
  #extend(head: readonly Bytes[], more: number): void {
    const run = this.#run;
    if (run !== undefined && isSame(run.head, head) && run.arguments + more <= MAX_ARGUMENTS) {
      run.arguments += more;
      return;
    }
    this.#endRun();
    const countAt = this.#open(0);
    for (const word of head) this.#text(word);
    this.#run = { head, countAt, arguments: head.length + more };
  }

  #endRun(): void {
    if (this.#run !== undefined) this.#writer.uint32At(this.#run.countAt, this.#run.arguments);
    this.#run = undefined;
  }

  #open(count: number): number {
    this.#commands += 1;
    return this.#list(count);
  }

  #list(count: number): number {
    this.#writer.byte(LIST);
    const at = this.#writer.length;
    this.#writer.uint32(count);
    return at;
  }

  #text(value: Bytes): void {
    this.#header(value.length);
    this.#writer.text(value);
  }

  #header(length: number): void {
    if (length < 0x20) return this.#writer.byte(SHORT_TEXT | length);
    if (length < 0x10000) {
      this.#writer.byte(TEXT_16);
      return this.#writer.uint16(length);
    }
    this.#writer.byte(TEXT_32);
    this.#writer.uint32(length);
  }

  #begin(): void {
    this.#writer = new ByteWriter();
    this.#list(0);
  }

  #cutIfLarge(): void {
    if (this.#writer.length >= PART_BYTES) this.#cut();
  }

  #cut(): void {
    this.#endRun();
    if (this.#commands === 0) return;
    this.#writer.uint32At(COUNT_AT, this.#commands);
    this.#parts.push(this.#writer.take());
    this.#commands = 0;
    this.#begin();
  }
}

const LIST = 0xdd;
const SHORT_TEXT = 0xa0;
const TEXT_16 = 0xda;
const TEXT_32 = 0xdb;
const COUNT_AT = 1;

/** Their arguments behind the key can be put behind those of the one before. */
const MERGED = new Set(["SADD", "HSET", "ZADD", "LPUSH", "RPUSH", "SREM", "HDEL", "ZREM"]);
const SET_MANY: Command = ["MSET"];

function isSame(a: readonly Bytes[], b: readonly Bytes[]): boolean {
  return a === b || (a.length === b.length && a.every((word, index) => word === b[index]));
}
