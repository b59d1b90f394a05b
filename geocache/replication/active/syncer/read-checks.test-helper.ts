import type { ChainableCommander } from "ioredis";

/** Clocks tell writes of two members apart to some pulses; on a machine that is busy a pulse can be late. */
const SAME_TIME_MS = 1000;

/** A string with versions: what has been overwritten, here or before this member's eyes, must not be seen again. */
export class StringCheck {
  readonly #key: string;
  #mine = "";
  #writtenAtMs = 0;
  #showsRemote = false;
  /** The latest version of the other member that was shown here. */
  #remoteSeen = 0;

  constructor(key: string) {
    this.#key = key;
  }

  static remoteValue(number: number): string {
    return `there ${number} ${performance.now()}`;
  }

  /** The value shown last was the other member's. */
  get showsRemote(): boolean {
    return this.#showsRemote;
  }

  write(pipeline: ChainableCommander, number: number): void {
    this.#mine = `here ${number}`;
    this.#writtenAtMs = performance.now();
    pipeline.set(this.#key, this.#mine);
  }

  read(pipeline: ChainableCommander): void {
    pipeline.get(this.#key);
  }

  wrongWith(reply: unknown, isWrite: boolean): string[] {
    if (isWrite) {
      this.#showsRemote = false;
      return [];
    }
    if (reply === this.#mine) return this.#showsRemote ? [`${this.#mine} came back`] : [];
    const [who, number, atMs] = String(reply).split(" ");
    if (who !== "there") return [`${String(reply)} after ${this.#mine}`];
    if (Number(atMs) < this.#writtenAtMs - SAME_TIME_MS) return [`${String(reply)} is older than ${this.#mine}`];
    const isSame = this.#showsRemote && Number(number) === this.#remoteSeen;
    if (!isSame && Number(number) <= this.#remoteSeen) return [`${String(reply)} was overwritten before`];
    this.#remoteSeen = Number(number);
    this.#showsRemote = true;
    return [];
  }
}

/** A counter that everybody adds to: it never falls. */
export class CounterCheck {
  readonly #key: string;
  #last = 0;

  constructor(key: string) {
    this.#key = key;
  }

  write(pipeline: ChainableCommander): void {
    pipeline.incr(this.#key);
  }

  read(pipeline: ChainableCommander): void {
    pipeline.get(this.#key);
  }

  wrongWith(reply: unknown, isWrite: boolean): string[] {
    const value = Number(reply);
    const least = this.#last + (isWrite ? 1 : 0);
    this.#last = value;
    return value < least ? [`${this.#key} fell from ${least} to ${value}`] : [];
  }
}

/** Members of a set that only this member knows: what was added stays. */
export class MemberCheck {
  readonly #key: string;
  #member = "";

  constructor(key: string) {
    this.#key = key;
  }

  write(pipeline: ChainableCommander, number: number): void {
    this.#member = `here ${number % 100}`;
    pipeline.sadd(this.#key, this.#member);
  }

  read(pipeline: ChainableCommander): void {
    pipeline.sismember(this.#key, this.#member);
  }

  wrongWith(reply: unknown, isWrite: boolean): string[] {
    return isWrite || reply === 1 ? [] : [`${this.#member} is not in ${this.#key}`];
  }
}
