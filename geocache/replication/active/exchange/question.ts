import { connect } from "node:net";
import type { Endpoint } from "../../../../contracts/endpoint.ts";
import { LifeboatError } from "../../../../base/errors.ts";
import { MAX_FRAME_BYTES, readFrames, sendMessage, type Frame } from "./frames.ts";
import type { Question, Standing } from "./messages.ts";

/** Who asks whom. */
export type Asking = Omit<Question, "kind" | "wants"> & { readonly endpoint: Endpoint };

export type AnswerInput = Asking & {
  readonly wants: Question["wants"];
  /** No answer takes longer than this between two of its parts. */
  readonly stallMs: number;
  readonly signal?: AbortSignal;
  /** Each part of the answer; a promise holds the other side back until it is fulfilled. */
  readonly onPart: (frame: Frame) => void | Promise<void>;
};

/**
 * Asks another member once; resolves when the whole answer has been taken.
 * @throws UNAVAILABLE when the connection ends before, or the other one refuses
 */
export async function ask({ endpoint, wants, stallMs, signal, onPart, ...speaker }: AnswerInput): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  signal?.throwIfAborted();
  const socket = connect(endpoint.port, endpoint.host);
  const abort = (): void => void socket.destroy(new Error("there is no need any more"));
  signal?.addEventListener("abort", abort);
  socket.setNoDelay(true);
  socket.setTimeout(stallMs, () => socket.destroy(new Error(`silent for ${stallMs} ms`)));
  socket.on("connect", () => sendMessage(socket, { kind: "question", wants, ...speaker }));
  let reason = "the connection ended before the answer was over";
  let isOver = false;
  let taken: Promise<void> = Promise.resolve();
  const take = async (frame: Frame): Promise<void> => {
    await onPart(frame);
    socket.resume();
  };
  const onFrame = (frame: Frame): void => {
    if (frame.kind === "message" && frame.message.kind === "end") {
      isOver = true;
      return void taken.then(resolve, reject);
    }
    if (frame.kind === "message" && frame.message.kind === "refused") throw new Error(frame.message.reason);
    socket.pause();
    taken = taken.then(() => take(frame));
    taken.catch((error: unknown) => socket.destroy(error instanceof Error ? error : new Error(String(error))));
  };
  readFrames(socket, onFrame, { maxBytes: MAX_FRAME_BYTES });
  socket.on("error", (error) => (reason = error.message));
  socket.on("close", () => isOver || reject(new LifeboatError("UNAVAILABLE", `${wants} from a peer: ${reason}`)));
  try {
    await promise;
  } finally {
    signal?.removeEventListener("abort", abort);
    socket.destroy();
  }
}

/** @throws UNAVAILABLE */
export async function askStanding(asking: Asking, stallMs: number): Promise<Standing> {
  let standing: Standing | undefined;
  const onPart = (frame: Frame): void => {
    if (frame.kind === "message" && frame.message.kind === "standing") standing = frame.message;
  };
  await ask({ ...asking, wants: "standing", stallMs, onPart });
  if (standing === undefined) throw new LifeboatError("UNAVAILABLE", "a peer did not say how it stands");
  return standing;
}
