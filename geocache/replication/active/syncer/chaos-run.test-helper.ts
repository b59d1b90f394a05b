import { setTimeout as sleep } from "node:timers/promises";
import type { Redis } from "ioredis";
import { waitFor } from "../../../../base/waits.ts";
import { Tally, type Command } from "./chaos-commands.test-helper.ts";
import type { ChaosEvent, History } from "./chaos-history.test-helper.ts";
import type { Group } from "./group.test-helper.ts";
import { showKeys, type Shown } from "./shown-keys.test-helper.ts";

const CONVERGE_WITHIN_MS = 15_000;
/** A client's own mistakes: nothing happened. */
const REFUSED =
  /WRONGTYPE|no such key|not an integer|not a valid|not a float|would overflow|index out of range|equal or smaller|must be|EXECABORT/;

let histories = 0;

/** Lets a history happen under keys of its own, heals everything and compares. @throws with what differs */
export async function runHistory(group: Group, history: History): Promise<void> {
  const run = new Run(group, `${(histories += 1)}:`);
  for (const event of history.events) await run.event(event);
  if (history.losesLast === true) await run.loseLast();
  await run.heal();
  await run.check();
  // What only the lost one had is lost.
  if (history.losesLast !== true) await run.checkTally();
  await run.removeKeys();
}

class Run {
  readonly #group: Group;
  readonly #prefix: string;
  readonly #tally = new Tally();
  readonly #cuts = new Set<string>();
  readonly #frozen = new Set<number>();
  readonly #answers: Promise<void>[] = [];

  constructor(group: Group, prefix: string) {
    this.#group = group;
    this.#prefix = prefix;
  }

  async event(event: ChaosEvent): Promise<void> {
    switch (event.do) {
      case "write":
        this.#send(event.at, event.command);
        return;
      case "multi":
        return this.#sendAll(event.at, event.commands);
      case "cut":
        this.#cuts.add(`${event.from} ${event.to}`);
        return await this.#connect();
      case "mend":
        this.#cuts.delete(`${event.from} ${event.to}`);
        return await this.#connect();
      case "freeze":
        this.#frozen.add(event.at);
        return this.#group.freeze(event.at);
      case "thaw":
        return this.#thaw(event.at);
      case "stop-syncer":
        return await this.#group.stopSyncer(event.at);
      case "start-syncer":
        this.#thaw(event.at);
        return await this.#group.startSyncer(event.at);
      case "wait":
        await sleep(event.ms);
    }
  }

  /** For good, with whatever it did not pass on. */
  async loseLast(): Promise<void> {
    const last = this.#group.clients.length - 1;
    await this.#group.stopSyncer(last);
    await this.#startAll(last);
    await this.#group.unlink(last);
  }

  async #startAll(count: number): Promise<void> {
    for (const at of this.#frozen) this.#thaw(at);
    for (let at = 0; at < count; at += 1) await this.#group.startSyncer(at);
  }

  async heal(): Promise<void> {
    this.#cuts.clear();
    await this.#startAll(this.#group.present().length);
    await this.#connect();
    await Promise.all(this.#answers);
    // Whoever shows all of them has had everything that was logged before.
    await Promise.all(this.#group.present().map((client, at) => client.sadd(`${this.#prefix}done`, `m${at}`)));
  }

  async check(): Promise<void> {
    const { failures } = this.#group;
    const clients = this.#group.present();
    let shown: Shown[] = [];
    await waitFor(
      async () => {
        if (failures.length > 0) return true;
        shown = await Promise.all(clients.map((client) => showKeys(client, this.#prefix)));
        const done = shown.every((one) => one["done"]?.content.length === clients.length);
        return done && shown.every((one) => JSON.stringify(one) === JSON.stringify(shown[0]));
      },
      { what: "all members to show the same", timeoutMs: CONVERGE_WITHIN_MS, intervalMs: 5 },
    ).catch(() => {
      throw new Error(`members differ: ${differences(shown)}`);
    });
    if (failures.length > 0) throw new Error(`a syncer gave up: ${failures.join("; ")}`);
  }

  async removeKeys(): Promise<void> {
    const [client] = this.#group.clients;
    const keys = await client?.keys(`${this.#prefix}*`);
    if (keys !== undefined && keys.length > 0) await client?.unlink(...keys);
  }

  async checkTally(): Promise<void> {
    const [client] = this.#group.clients;
    if (client === undefined) return;
    for (const [name, sum] of this.#tally.sums) {
      const value = await this.#numberAt(client, name);
      if (value !== sum) throw new Error(`${name} is ${value} and not ${sum}`);
    }
    for (const [name, added] of this.#tally.added) {
      const members = await client.smembers(this.#keyOf(name));
      if (members.length !== added.size) throw new Error(`${name} holds ${members.length} and not ${added.size}`);
    }
  }

  async #numberAt(client: Redis, name: string): Promise<number> {
    const [key = "", field] = name.split(" ");
    if (field === undefined) return Number((await client.get(this.#keyOf(key))) ?? 0);
    if (key === "@hc0") return Number(await client.hget(this.#keyOf(key), field));
    return Number(await client.zscore(this.#keyOf(key), field));
  }

  async #connect(): Promise<void> {
    await this.#group.connect((from, to) => !this.#cuts.has(`${from} ${to}`));
  }

  #thaw(at: number): void {
    this.#frozen.delete(at);
    this.#group.thaw(at);
  }

  #send(at: number, command: Command): void {
    const [name = "", ...args] = command.map((argument) => this.#keyOf(argument));
    const answer = this.#group.clients[at]?.call(name, ...args);
    if (answer !== undefined) this.#expect(this.#counted(answer, [command]));
  }

  #sendAll(at: number, commands: readonly Command[]): void {
    const transaction = this.#group.clients[at]?.multi();
    if (transaction === undefined) return;
    for (const [name = "", ...args] of commands) transaction.call(name, ...args.map((one) => this.#keyOf(one)));
    this.#expect(this.#counted(transaction.exec(), commands));
  }

  /** It is looked at when all are healed, should the history come that far. */
  #expect(answer: Promise<void>): void {
    answer.catch(() => undefined);
    this.#answers.push(answer);
  }

  async #counted(answer: Promise<unknown>, commands: readonly Command[]): Promise<void> {
    try {
      await answer;
      for (const command of commands) this.#tally.count(command);
    } catch (error) {
      if (!(error instanceof Error) || !REFUSED.test(error.message)) throw error;
    }
  }

  #keyOf(argument: string): string {
    return argument.startsWith("@") ? `${this.#prefix}${argument.slice(1)}` : argument;
  }
}

function differences(shown: readonly Shown[]): string {
  const names = new Set(shown.flatMap((one) => Object.keys(one)));
  return [...names]
    .map((name) => ({ name, each: shown.map((one) => JSON.stringify(one[name])) }))
    .filter(({ each }) => each.some((one) => one !== each[0]))
    .map(({ name, each }) => `${name}: ${each.join(" | ")}`)
    .join("\n");
}
