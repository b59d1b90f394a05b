import fc from "fast-check";
import type { Redis } from "ioredis";
import { anyCommand, type Command } from "./chaos-commands.test-helper.ts";

/** A command of a client; `at`: at which member, counted round. */
type Write = { readonly at: number; readonly command: Command };
export type Writes = readonly Write[];

export const someWrites: fc.Arbitrary<Writes> = fc.array(fc.record({ at: fc.nat(2), command: anyCommand }), {
  minLength: 10,
  maxLength: 40,
});

/** All at once. Whether or not a client made a mistake: what counts is that members agree about it. */
export async function writeAll(clients: readonly Redis[], writes: Writes): Promise<void> {
  await Promise.all(writes.map((one) => write(clients, one)));
}

/** One after the other, again and again, until `done` is settled. */
export async function keepWriting(clients: readonly Redis[], writes: Writes, done: Promise<void>): Promise<void> {
  let isDone = false;
  const end = done.finally(() => (isDone = true));
  const writer = async (): Promise<void> => {
    for (let next = 0; !isDone && writes.length > 0; next += 1) {
      const one = writes[next % writes.length];
      if (one !== undefined) await write(clients, one);
    }
  };
  await Promise.all([end, writer()]);
}

async function write(clients: readonly Redis[], { at, command }: Write): Promise<void> {
  const [name = "", ...args] = command.map((word) => (word.startsWith("@") ? word.slice(1) : word));
  await clients[at % clients.length]?.call(name, ...args).catch(() => undefined);
}
