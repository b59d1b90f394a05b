import type { Phase } from "../../evidence/events.ts";
import type { Progress } from "../../workflows/messages.ts";
import type { CliContext } from "../context.ts";
import { pastPhaseLine, progressBlock, progressLine } from "./render-progress.ts";

/** Without a terminal a line is written when something changed, and at least this often. */
const PLAIN_EVERY_MS = 10_000;

export type ProgressView = {
  /** `current`: what users feel right now, in words. */
  readonly show: (progress: Progress, current: readonly string[]) => void;
  readonly end: () => void;
};

export function createProgressView(context: CliContext): ProgressView {
  return context.live ? liveView(context) : plainView(context);
}

function plainView(context: CliContext): ProgressView {
  const told = new Set<Phase>();
  let lastWhat: string | null = null;
  let lastMs = Number.NEGATIVE_INFINITY;
  return {
    show(progress, current) {
      const nowMs = Date.now();
      for (const past of progress.phases) {
        if (!told.has(past.phase) && past.phase !== progress.phase) context.say(pastPhaseLine(progress, nowMs, past));
        told.add(past.phase);
      }
      const what = `${progress.phase} ${progress.awaiting?.gate ?? ""}`;
      if (what === lastWhat && nowMs - lastMs < PLAIN_EVERY_MS) return;
      lastWhat = what;
      lastMs = nowMs;
      context.say(progressLine(progress, nowMs, current));
    },
    end: () => undefined,
  };
}

function liveView(context: CliContext): ProgressView {
  let drawn = 0;
  return {
    show(progress, current) {
      const columns = process.stderr.columns ?? 80;
      const lines = progressBlock(progress, Date.now(), current).flatMap((line) => wrapped(line, columns - 1));
      const up = drawn === 0 ? "" : `\u001B[${drawn}A`;
      context.write.err(up + lines.map((line) => `\u001B[2K${line}\n`).join(""));
      drawn = lines.length;
    },
    end: () => {
      drawn = 0;
    },
  };
}

/** In pieces of the terminal's width: what is redrawn must know how many lines it took, and nothing may be cut off. */
function wrapped(line: string, width: number): string[] {
  const pieces: string[] = [];
  for (let from = 0; from < line.length; from += width) pieces.push(line.slice(from, from + width));
  return pieces;
}
