import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Redis } from "ioredis";
import { waitFor } from "../../../../base/waits.ts";
import type { Endpoint } from "../../../../contracts/endpoint.ts";
import { secretNames } from "../secrets.ts";
import { dump } from "./group.test-helper.ts";
import { LOOPBACK, startRedis, type TestRedis } from "./redis.test-helper.ts";
import { Syncer, type SyncerView } from "./syncer.ts";
import type { Membership } from "../store/member-state.ts";
import type { MemberPhase } from "./syncer-input.ts";

export const names = secretNames("c0ffee");
/** Nobody listens there. */
const NOWHERE = { host: LOOPBACK, port: 1, tls: false };

type Options = Readonly<Record<string, string | number>>;

/** A redis with its syncer, which is started anew whenever it gives up, as the processes around it do. */
export class TestMember {
  readonly name: string;
  readonly phases: MemberPhase[] = [];
  readonly failures: string[] = [];
  readonly #folder: string;
  readonly #options: Options;
  #redis: TestRedis | undefined;
  #syncer: Syncer | undefined;
  #port = 0;

  constructor(name: string, folder: string, options: Options) {
    this.name = name;
    this.#folder = folder;
    this.#options = options;
  }

  get client(): Redis {
    if (this.#redis === undefined) throw new Error(`${this.name} has no redis`);
    return this.#redis.client;
  }

  get syncer(): Syncer {
    if (this.#syncer === undefined) throw new Error(`${this.name} has no syncer`);
    return this.#syncer;
  }

  get isRunning(): boolean {
    return this.#syncer?.stopped === false;
  }

  get endpoint(): Endpoint {
    return { host: LOOPBACK, port: this.#port, tls: false };
  }

  async view(): Promise<SyncerView> {
    return await this.syncer.view();
  }

  async startRedis(): Promise<void> {
    this.#redis = await startRedis({ folder: this.#folder, names, options: this.#options });
  }

  async startSyncer(): Promise<void> {
    this.#syncer = await Syncer.start({
      member: this.name,
      token: "group",
      names,
      redis: { endpoint: { ...this.endpoint, port: this.#redis?.port ?? 0 }, username: "default", password: "any" },
      listen: { host: LOOPBACK, port: this.#port },
      clockOffsetUs: 0,
      setClientAccess: async (phase) => void this.phases.push(phase),
      onFailed: (reason) => this.failures.push(reason),
    });
    this.#port = this.#syncer.port;
  }

  async stopSyncer(): Promise<void> {
    await this.#syncer?.stop();
  }

  async stop(): Promise<void> {
    await this.stopSyncer();
    await this.#redis?.stop();
    this.#redis = undefined;
  }

  async isIn(phase: MemberPhase): Promise<void> {
    await waitFor(async () => (await this.view()).phase === phase, {
      what: `${this.name} to be ${phase}`,
      timeoutMs: 30_000,
    });
  }
}

/** Members of one group, each told by the test who is in it and whom it reaches. */
export class Members {
  readonly #folder: string;
  readonly #members = new Map<string, TestMember>();
  readonly #cut = new Set<string>();
  readonly #detours = new Map<string, number>();
  #order: { readonly epoch: number; readonly names: readonly string[] } = { epoch: 0, names: [] };

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async create(): Promise<Members> {
    return new Members(await mkdtemp(path.join(tmpdir(), "lifeboat-members-")));
  }

  /** The first one with nobody beside it, each further one joining those that are there. */
  async grow(name: string, options: Options = {}): Promise<TestMember> {
    const member = new TestMember(name, this.#folder, options);
    await member.startRedis();
    await member.startSyncer();
    this.#members.set(name, member);
    await this.order([...this.#order.names, name]);
    await member.isIn("open");
    return member;
  }

  /** The next epoch, told to everybody who is in it and to whoever is to hear of it besides. */
  async order(members: readonly string[], epoch = this.#order.epoch + 1): Promise<void> {
    this.#order = { epoch, names: members };
    await Promise.all(members.map((name) => this.tell(name)));
  }

  /** What was last ordered, as it is for one member, with whom it reaches. */
  async tell(name: string): Promise<void> {
    const member = this.#members.get(name);
    if (member?.isRunning === true) await member.syncer.setMembership(this.orderOf(name));
  }

  orderOf(name: string, epoch = this.#order.epoch): Membership {
    const others = this.#order.names.filter((other) => other !== name);
    return { epoch, peers: others.map((member) => ({ member, endpoint: this.#endpoint(name, member) })) };
  }

  /** Neither of the two reaches the other. */
  async cut(one: string, other: string): Promise<void> {
    this.#cut.add(`${one} ${other}`).add(`${other} ${one}`);
    await this.tell(one);
    await this.tell(other);
  }

  async mend(one: string, other: string): Promise<void> {
    for (const way of [`${one} ${other}`, `${other} ${one}`]) this.#cut.delete(way);
    await this.tell(one);
    await this.tell(other);
  }

  /** The one cannot pull from the other any more; the other still can from it. */
  async cutOneWay(from: string, to: string): Promise<void> {
    this.#cut.add(`${from} ${to}`);
    await this.tell(from);
  }

  /** On another way: `from` finds `to` at this port. */
  detour(from: string, to: string, port: number): void {
    this.#detours.set(`${from} ${to}`, port);
  }

  async heal(): Promise<void> {
    this.#cut.clear();
    for (const name of this.#order.names) await this.tell(name);
  }

  async equal(...members: readonly TestMember[]): Promise<void> {
    await waitFor(
      async () => {
        const shown = await Promise.all(members.map(async ({ client }) => JSON.stringify(await dump(client))));
        return shown.every((one) => one === shown[0]);
      },
      { what: "all members to show the same", timeoutMs: 30_000 },
    );
  }

  async stop(): Promise<void> {
    for (const member of this.#members.values()) await member.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  #endpoint(from: string, to: string): Endpoint {
    const [way, endpoint] = [`${from} ${to}`, this.#members.get(to)?.endpoint];
    if (this.#cut.has(way) || endpoint === undefined) return NOWHERE;
    return { ...endpoint, port: this.#detours.get(way) ?? endpoint.port };
  }
}
