import { LifeboatError } from "../base/errors.ts";

const unitsMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** Milliseconds of a duration such as `500ms`, `30s`, `2m`. @throws BAD_INPUT naming the field when the unit is missing */
export function parseDuration(text: string, field: string): number {
  const found = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text.trim());
  const unit = found?.[2] as keyof typeof unitsMs | undefined;
  if (!found || !unit) {
    const hint = "write a number with its unit: 500ms, 30s, 2m or 1h";
    throw new LifeboatError("BAD_INPUT", `${field}: "${text}" is not a duration`, { field, hint });
  }
  return Math.round(Number(found[1]) * unitsMs[unit]);
}

/** A duration for people: `640 ms`, `12.3 s`, `4 m 05 s`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)} m ${String(seconds % 60).padStart(2, "0")} s`;
}
