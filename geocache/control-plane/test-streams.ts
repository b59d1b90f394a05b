import { setTimeout as sleep } from "node:timers/promises";
import type { Redis } from "ioredis";

/** What a client saw at one time: a value, or why it was refused. */
export type Sighting = { readonly atMs: number; readonly value?: string | null; readonly refusal?: string };

export type Stream = {
  readonly sightings: readonly Sighting[];
  /** Ends the stream after the request that is under way. */
  stop(): Promise<void>;
};

const PAUSE_MS = 2;

/** Asks one request after another, as a busy client does, until it is stopped. The first one has been answered. */
export async function ask(request: (serial: number) => Promise<string | null>): Promise<Stream> {
  const sightings: Sighting[] = [];
  let stopped = false;
  const once = async (): Promise<void> => {
    const seen = await request(sightings.length).then(
      (value) => ({ value }),
      (error: Error) => ({ refusal: error.message }),
    );
    sightings.push({ atMs: performance.now(), ...seen });
  };
  const goOn = async (): Promise<void> => {
    while (!stopped) {
      await once();
      await sleep(PAUSE_MS);
    }
  };
  await once();
  const ended = goOn();
  return {
    sightings,
    async stop() {
      stopped = true;
      await ended;
    },
  };
}

/** Writes `written:0`, `written:1` … */
export async function writeOn(redis: Redis): Promise<Stream> {
  return await ask((serial) => redis.set(`written:${serial}`, serial));
}

export function refusalsOf(stream: Stream): Sighting[] {
  return stream.sightings.filter((one) => one.refusal !== undefined);
}

/** The values in the order in which they came, each once while it lasted; "refused" for any refusal. */
export function phasesOf(stream: Stream): (string | null)[] {
  const words = stream.sightings.map((one) => (one.refusal === undefined ? (one.value ?? null) : "refused"));
  return words.filter((word, at) => at === 0 || word !== words[at - 1]);
}

/** How many of the stream's acknowledged writes the other cache lacks. */
export async function missingIn(redis: Redis, stream: Stream): Promise<number> {
  const acknowledged = stream.sightings.flatMap((one, serial) => (one.refusal === undefined ? [serial] : []));
  const found = await redis.mget(acknowledged.map((serial) => `written:${serial}`));
  return found.filter((value) => value === null).length;
}
