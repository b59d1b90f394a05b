import { Pool } from "undici";
import { LifeboatError } from "../../base/errors.ts";
import { USER_REGION_HEADER } from "../../contracts/routing.ts";

export type LoopResult = { readonly requests: number; readonly seconds: number; readonly latenciesUs: number[] };
export type LoopOptions = {
  readonly url: string;
  readonly region: string;
  readonly clients: number;
  readonly forMs: number;
};

/** So many clients, each of which asks again as soon as it was answered: reads and writes of sessions in turn. */
export async function closedLoop(options: LoopOptions): Promise<LoopResult> {
  const pool = new Pool(options.url, { connections: options.clients, pipelining: 1 });
  const startMs = performance.now();
  const endMs = startMs + options.forMs;
  const latenciesUs: number[] = [];
  const client = async (id: number): Promise<void> => {
    for (let n = 0; performance.now() < endMs; n += 1) {
      const sentMs = performance.now();
      await ask(pool, { region: options.region, session: `bench-${id}`, write: n % 2 === 0 });
      latenciesUs.push((performance.now() - sentMs) * 1000);
    }
  };
  try {
    await Promise.all(Array.from({ length: options.clients }, (_, id) => client(id)));
    const seconds = (performance.now() - startMs) / 1000;
    return { requests: latenciesUs.length, seconds, latenciesUs };
  } finally {
    await pool.destroy();
  }
}

type Request = { readonly region: string; readonly session: string; readonly write: boolean };

async function ask(pool: Pool, { region, session, write }: Request): Promise<void> {
  const { statusCode, body } = await pool.request({
    path: `/session/${session}`,
    method: write ? "PUT" : "GET",
    headers: { [USER_REGION_HEADER]: region, ...(write ? { "content-type": "application/json" } : {}) },
    ...(write ? { body: '{"cart":["a","b","c"]}' } : {}),
    headersTimeout: 5000,
    bodyTimeout: 5000,
  });
  await body.dump();
  if (statusCode >= 300) throw new LifeboatError("UNAVAILABLE", `the front door answered ${statusCode}`);
}
