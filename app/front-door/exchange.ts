import type { HttpEnd, HttpRequest, HttpSlots } from "../../base/http1/slots.ts";

type Answered = Extract<HttpEnd, { kind: "answer" }>;

/** No answer came. `wasSent` false: surely not a byte of the request has left. */
export class NoAnswerError extends Error {
  override readonly name = "NoAnswerError";
  readonly wasSent: boolean;

  constructor(message: string, wasSent: boolean) {
    super(message);
    this.wasSent = wasSent;
  }
}

/** One request with its whole answer in memory. @throws NoAnswerError */
export function exchange(slots: HttpSlots, request: HttpRequest, timeoutMs: number): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const attempt = slots.send(request, (end) => {
      clearTimeout(timer);
      if (end.kind === "answer") resolve(end);
      else reject(new NoAnswerError(end.error.message, attempt.wasSent()));
    });
    const timer = setTimeout(() => {
      reject(new NoAnswerError(`no answer within ${timeoutMs} ms`, attempt.wasSent()));
      attempt.abandon();
    }, timeoutMs);
  });
}
