import type { Stamp } from "../../base/clocks.ts";
import type { StreamSpec, StreamStatus } from "../../contracts/observer.ts";

/** What a probe thread is started with. */
export type ThreadData = {
  readonly streams: readonly StreamSpec[];
  readonly outFolder: string;
  readonly origin: Stamp;
};

export type ThreadQuestion =
  | { readonly kind: "status" }
  | {
      readonly kind: "await";
      readonly stream: string;
      readonly condition: "down" | "up";
      readonly forMs: number;
      readonly timeoutMs: number;
    }
  | { readonly kind: "stop" };

export type AwaitAnswer = { readonly held: boolean; readonly at: Stamp; readonly since: Stamp | null };
export type ThreadFile = { readonly stream: string; readonly path: string; readonly samples: number };

/** The answer's type for each kind of question. */
export type ThreadAnswers = {
  readonly status: readonly StreamStatus[];
  readonly await: AwaitAnswer;
  readonly stop: readonly ThreadFile[];
};

export type ThreadRequest = { readonly id: number; readonly question: ThreadQuestion };
export type ThreadReply = { readonly id: number; readonly answer?: unknown; readonly error?: string };
