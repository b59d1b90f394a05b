import fc from "fast-check";
import type { Redis } from "ioredis";

/** A key as commands that build it up. Every text is latin1: one character a byte. */
export type KeySpec = { readonly key: string; readonly commands: readonly Command[]; readonly orderMatters: boolean };
type Command = readonly [string, ...string[]];

const bytes = fc.uint8Array({ maxLength: 12 }).map((value) => Buffer.from(value).toString("latin1"));
/** Lengths and numbers at which redis changes its encodings. */
const longText = fc
  .constantFrom(20, 63, 64, 65, 4095, 4096, 5000, 17_000)
  .map((length) => "xyz0".repeat(length).slice(0, length));
const integers = fc.oneof(
  fc.integer().map(String),
  fc.constantFrom("127", "128", "-1", "-4096", "-4097", "4095", "32768", "-8388609", "8388607", "9223372036854775807"),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
);
const value = fc.oneof(bytes, bytes, integers, longText);
const score = fc.oneof(
  fc.double({ noNaN: true }).map(String),
  integers,
  fc.constantFrom("0.1", "-0", "+inf", "-inf", "1e300", "5e-324", "3.0"),
);
const text = score.map((one) => one.replace("Infinity", "inf"));
const many = { minLength: 1, maxLength: 30 };
const key = fc.uint8Array({ minLength: 1, maxLength: 8 }).map((one) => Buffer.from(one).toString("latin1"));

const strings = value.map((one): Command[] => [["SET", "", one]]);
const lists = fc.array(value, many).map((values) => values.map((one): Command => ["RPUSH", "", one]));
const sets = fc
  .uniqueArray(fc.oneof(value, integers), many)
  .map((members) => members.map((one): Command => ["SADD", "", one]));
const intsets = fc.uniqueArray(integers, many).map((members) => members.map((one): Command => ["SADD", "", one]));
const hashes = fc
  .uniqueArray(fc.tuple(value, value), { ...many, selector: ([field]) => field })
  .map((fields) => fields.map((field): Command => ["HSET", "", ...field]));
const zsets = fc
  .uniqueArray(fc.tuple(text, value), { ...many, selector: ([, member]) => member })
  .map((members) => members.map((member): Command => ["ZADD", "", ...member]));
const streams = fc
  .array(
    fc.record({ fields: fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 3 }), deleted: fc.boolean() }),
    many,
  )
  .map((entries) => [
    ...entries.map(({ fields }, index): Command => ["XADD", "", `${1 + index * 300}-${index}`, ...fields.flat()]),
    ...entries.flatMap(({ deleted }, index): Command[] =>
      // The last one stays: a stream without entries counts as absent.
      deleted && index < entries.length - 1 ? [["XDEL", "", `${1 + index * 300}-${index}`]] : [],
    ),
  ]);

const expiry = fc.option(
  fc.integer({ min: 1, max: 1e12 }).map((ms) => String(4e12 + ms)),
  { nil: undefined },
);

export const keySpecs: fc.Arbitrary<KeySpec> = fc
  .record({
    key,
    expiry,
    content: fc.oneof(
      strings.map((commands) => ({ commands, orderMatters: true })),
      lists.map((commands) => ({ commands, orderMatters: true })),
      streams.map((commands) => ({ commands, orderMatters: true })),
      ...[sets, intsets, hashes, zsets].map((kind) => kind.map((commands) => ({ commands, orderMatters: false }))),
    ),
  })
  .map(({ key: name, expiry: atMs, content: { commands, orderMatters } }) => {
    const last: readonly Command[] = atMs === undefined ? [] : [["PEXPIREAT", "", atMs]];
    const named = [...commands, ...last].map(([command, , ...rest]): Command => [command, name, ...rest]);
    return { key: name, commands: named, orderMatters };
  });

/** Writes keys in the given order; `backwards`: their elements from the last to the first where order is no matter. */
export async function fillWith(client: Redis, specs: readonly KeySpec[], backwards = false): Promise<void> {
  const pipeline = client.pipeline();
  for (const { commands, orderMatters } of specs) {
    const ordered = backwards && !orderMatters ? inReverse(commands) : commands;
    for (const [command, ...args] of ordered) {
      pipeline.call(command, ...args.map((one) => Buffer.from(one, "latin1")));
    }
  }
  const results = (await pipeline.exec()) ?? [];
  for (const [error] of results) if (error !== null) throw error;
}

/** A time to live needs its key first. */
function inReverse(commands: readonly Command[]): Command[] {
  const isExpiry = ([name]: Command): boolean => name === "PEXPIREAT";
  return [...commands.filter((one) => !isExpiry(one)).toReversed(), ...commands.filter(isExpiry)];
}
