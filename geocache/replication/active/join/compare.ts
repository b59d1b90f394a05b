import { ask, type Asking } from "../exchange/question.ts";
import type { AttachTarget } from "../capture/attachment.ts";
import type { Bytes } from "../operation.ts";
import { RedisClient } from "../store/redis-client.ts";
import { pagesOfKeys } from "./donor.ts";

const STALL_MS = 5000;
const KEYS_AT_ONCE = 500;

export type CompareInput = {
  readonly target: AttachTarget;
  /** Peers, whichever can be asked; nobody at all when this member is alone. */
  readonly askings: readonly Asking[];
  /** Says anew, for everybody, what this member shows of the keys, or that it does not show them. */
  readonly sayAnew: (keys: readonly Bytes[]) => Promise<void>;
};

export type Compared = { readonly shown: number; readonly gone: number };

/**
 * For a member whose stream broke off: what its clients did meanwhile shows only in the data. All that it shows is said
 * anew; what a peer shows and this one does not went meanwhile, so far as this one had seen it.
 * undefined: no peer could be asked, and nothing was said.
 */
export async function compare({ target, askings, sayAnew }: CompareInput): Promise<Compared | undefined> {
  const theirs = await keysOfAny(askings);
  if (theirs === undefined) return undefined;
  const redis = await RedisClient.connect(target, 0);
  try {
    let shown = 0;
    for await (const page of pagesOfKeys(redis)) {
      shown += page.length;
      await inPortions(page, sayAnew);
    }
    const gone: Bytes[] = [];
    await inPortions(theirs, async (keys) => void gone.push(...(await missing(redis, keys))));
    await inPortions(gone, sayAnew);
    return { shown, gone: gone.length };
  } finally {
    redis.close();
  }
}

/** The keys of the first peer that answers. */
async function keysOfAny(askings: readonly Asking[]): Promise<Bytes[] | undefined> {
  if (askings.length === 0) return [];
  for (const asking of askings) {
    const keys: Bytes[] = [];
    const taken = ask({
      ...asking,
      wants: "keys",
      stallMs: STALL_MS,
      onPart: (frame) => {
        if (frame.kind !== "message" || frame.message.kind !== "keys") throw new Error("these are no keys");
        for (const key of frame.message.keys) keys.push(Buffer.from(key, "base64").toString("latin1"));
      },
    });
    if (
      await taken.then(
        () => true,
        () => false,
      )
    )
      return keys;
  }
  return undefined;
}

async function missing(redis: RedisClient, keys: readonly Bytes[]): Promise<Bytes[]> {
  const there = await redis.pipeline(keys.map((key) => ["EXISTS", key]));
  return keys.filter((_, index) => there[index] === 0);
}

async function inPortions(keys: readonly Bytes[], act: (keys: readonly Bytes[]) => Promise<void>): Promise<void> {
  for (let at = 0; at < keys.length; at += KEYS_AT_ONCE) await act(keys.slice(at, at + KEYS_AT_ONCE));
}
