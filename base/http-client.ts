import type { z } from "zod";
import { LifeboatError, messageOf } from "./errors.ts";
import { catalogueCodeOf } from "./http-errors.ts";

export type ApiClientOptions = {
  /** Asked at every call, so that a restarted process is found again. */
  readonly url: () => Promise<string>;
  readonly token: string;
  readonly timeoutMs?: number;
};

export type ApiCall<T> = {
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  readonly path: string;
  readonly body?: unknown;
  readonly answer: z.ZodType<T>;
  readonly timeoutMs?: number;
};

export type ApiClient = { call<T>(call: ApiCall<T>): Promise<T> };

/** A client of our own JSON APIs: bounded, typed, errors come back as the LifeboatError the server threw. */
export function createApiClient(options: ApiClientOptions): ApiClient {
  return {
    async call(call) {
      const base = await options.url();
      const response = await send(base, options, call);
      const text = await response.text();
      const body: unknown = text === "" ? undefined : JSON.parse(text);
      if (!response.ok) throw errorFrom(response.status, body, `${call.method} ${call.path}`);
      return call.answer.parse(body);
    },
  };
}

async function send(base: string, options: ApiClientOptions, call: ApiCall<unknown>): Promise<Response> {
  try {
    return await fetch(new URL(call.path, base), {
      method: call.method,
      headers: {
        authorization: `Bearer ${options.token}`,
        ...(call.body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      signal: AbortSignal.timeout(call.timeoutMs ?? options.timeoutMs ?? 10_000),
    });
  } catch (error) {
    throw new LifeboatError("UNAVAILABLE", `${call.method} ${call.path}: ${messageOf(error)}`, { cause: error });
  }
}

function errorFrom(status: number, body: unknown, what: string): LifeboatError {
  const given = (body as { error?: { code?: string; message?: string; field?: string; hint?: string } } | undefined)
    ?.error;
  const code = catalogueCodeOf(given) ?? (status < 500 ? "BAD_INPUT" : "INTERNAL");
  return new LifeboatError(code, given?.message ?? `${what} answered ${status}`, {
    ...(given?.field === undefined ? {} : { field: given.field }),
    ...(given?.hint === undefined ? {} : { hint: given.hint }),
  });
}
