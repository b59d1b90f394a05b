import type { KeyContent, KeyLook, Look, Wanted } from "../capture/capture.ts";
import { packFields } from "../capture/commands/streams.ts";
import type { Bytes, Cell, Ttl } from "../operation.ts";
import type { Reply } from "./redis-client.ts";

/** The arguments of the `read` function for what is wanted. */
export function lookArguments(wanted: readonly Wanted[]): Bytes[] {
  return wanted.flatMap((one) => [one.key, one.kind === "key" ? "" : one.kind === "ttl" ? "?" : `=${one.cell}`]);
}

/** What the `read` function answered. */
export function parseLook(wanted: readonly Wanted[], reply: Reply): Look {
  const [offset, ...found] = listOf(reply);
  return { offset: Number(offset), found: wanted.map((one, index) => lookOf(one, listOf(found[index] ?? null))) };
}

function lookOf(wanted: Wanted, found: readonly Reply[]): KeyLook {
  if (wanted.kind === "key") return { kind: "key", key: wanted.key, content: contentOf(found) };
  const [score] = found;
  if (wanted.kind === "ttl") return { ...wanted, ttl: Number(score) === -2 ? undefined : ttlOf(score) };
  return { ...wanted, value: typeof score === "string" ? score : undefined };
}

function contentOf([type, expiresAtMs, content = null]: readonly Reply[]): KeyContent {
  const ttl = ttlOf(expiresAtMs);
  if (type === "string") return { type, value: text(content), ttl };
  const found = listOf(content);
  if (type === "list") return { type, cells: found.map((value) => ({ cell: "", value: text(value) })), ttl };
  if (type === "set") return { type, cells: found.map((member) => ({ cell: text(member), value: "" })), ttl };
  if (type === "hash" || type === "zset") return { type, cells: cellPairs(found), ttl };
  return type === "stream" ? { type, cells: found.map(entryCell), ttl } : { type: "none" };
}

function ttlOf(expiresAtMs: Reply | undefined): Ttl {
  return Number(expiresAtMs) > 0 ? { kind: "at", atMs: Number(expiresAtMs) } : { kind: "none" };
}

function entryCell(entry: Reply): Cell {
  const [id = "", fields = null] = listOf(entry);
  return { cell: text(id), value: packFields(listOf(fields).map(text)) };
}

function cellPairs(flat: readonly Reply[]): Cell[] {
  return Array.from({ length: flat.length / 2 }, (_, index) => ({
    cell: text(flat[2 * index] ?? ""),
    value: text(flat[2 * index + 1] ?? ""),
  }));
}

function listOf(reply: Reply): readonly Reply[] {
  return Array.isArray(reply) ? reply : [];
}

function text(reply: Reply): Bytes {
  return typeof reply === "string" ? reply : String(reply ?? "");
}
