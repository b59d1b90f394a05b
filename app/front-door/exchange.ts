import type { IncomingHttpHeaders } from "node:http";
import type { Dispatcher, Pool } from "undici";

export type UpstreamRequest = {
  readonly path: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: Buffer | null;
};
export type UpstreamResponse = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
};

/** The time was over before a byte of the request was sent. */
export class NotSentError extends Error {
  override readonly name = "NotSentError";
}

/**
 * One request over the pool with its whole answer in memory. Goes below undici's `request`, whose streams cost
 * more than all the rest of forwarding a small answer; and has a timer of its own, because undici's time-outs for
 * answers are up to half a second late.
 * @throws NotSentError or whatever undici met; any other error leaves open what became of the request
 */
export function exchange(pool: Pool, request: UpstreamRequest, timeoutMs: number): Promise<UpstreamResponse> {
  const answer = Promise.withResolvers<UpstreamResponse>();
  const chunks: Buffer[] = [];
  let sending: Dispatcher.DispatchController | undefined;
  let status = 0;
  let headers: IncomingHttpHeaders = {};
  const overdue = (): void => {
    const message = `no answer within ${timeoutMs} ms`;
    if (!sending) return answer.reject(new NotSentError(`not sent within ${timeoutMs} ms`));
    answer.reject(new Error(message));
    sending.abort(new Error(message));
  };
  const timer = setTimeout(overdue, timeoutMs);
  let isOver = false;
  void answer.promise
    .catch(() => undefined)
    .finally(() => {
      isOver = true;
      clearTimeout(timer);
    });
  const handler: Dispatcher.DispatchHandler = {
    onRequestStart(controller) {
      sending = controller;
      if (isOver) controller.abort(new NotSentError("given up before it was sent"));
    },
    onResponseStart(_controller, statusCode, received) {
      status = statusCode;
      headers = received;
    },
    onResponseData(_controller, chunk) {
      chunks.push(chunk);
    },
    onResponseEnd() {
      answer.resolve({ status, headers, body: Buffer.concat(chunks) });
    },
    onResponseError(_controller, error) {
      answer.reject(error);
    },
  };
  pool.dispatch({ ...request, method: request.method as Dispatcher.HttpMethod }, handler);
  return answer.promise;
}
