import { errorCatalogue, type ErrorCode } from "./errors.ts";

/** The catalogue code that a foreign error stands for, where there is one. */
export function catalogueCodeOf(error: unknown): ErrorCode | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  if (code === "ENOSPC" || code === "EDQUOT" || isFullSqlite(error)) return "DISK_FULL";
  if (code === "EADDRINUSE") return "PORT_TAKEN";
  return typeof code === "string" && code in errorCatalogue ? (code as ErrorCode) : undefined;
}

/** SQLITE_FULL, as node:sqlite tells it. */
function isFullSqlite(error: unknown): boolean {
  return (error as { errcode?: unknown } | null)?.errcode === 13;
}
