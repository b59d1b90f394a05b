import { mkdir, open, type FileHandle } from "node:fs/promises";
import path from "node:path";
import { oneAtATime } from "../../../../base/one-at-a-time.ts";
import { conflictSchema, type Conflict, type ConflictPage } from "../../../../contracts/groups.ts";

const PAGE_SIZE = 1000;
const NEWLINE = 10;

/**
 * The conflicts of one member, numbered from 1, in a file that a restarted syncer continues. In memory there is only
 * where each page begins: a split brain can make very many.
 */
export class ConflictList {
  readonly #file: FileHandle;
  /** Byte at which conflict 1, 1001, 2001, … stands. */
  readonly #pageStarts: number[] = [];
  readonly #oneAtATime = oneAtATime();
  readonly #waiting: Omit<Conflict, "n">[] = [];
  #total = 0;
  #bytes = 0;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** What a crash cut off at the end is cut away. */
  static async open(file: string): Promise<ConflictList> {
    await mkdir(path.dirname(file), { recursive: true });
    const list = new ConflictList(await open(file, "a+", 0o600));
    const { buffer } = await list.#read(0, (await list.#file.stat()).size);
    for (let end = buffer.indexOf(NEWLINE); end !== -1; end = buffer.indexOf(NEWLINE, end + 1)) list.#count(end + 1);
    await list.#file.truncate(list.#bytes);
    return list;
  }

  get total(): number {
    return this.#total;
  }

  /** Numbers them and has them in the file before it resolves; many calls at once are one write. */
  async add(conflicts: readonly Omit<Conflict, "n">[]): Promise<void> {
    this.#waiting.push(...conflicts);
    await this.#oneAtATime(() => this.#writeWaiting());
  }

  /** The oldest with n > after, at most 1000. */
  async page(after: number): Promise<ConflictPage> {
    const page = Math.floor(after / PAGE_SIZE);
    const [start, end] = [this.#pageStarts[page] ?? this.#bytes, this.#pageStarts[page + 2] ?? this.#bytes];
    const total = this.#total;
    const { buffer } = await this.#read(start, end - start);
    const lines = buffer.toString("utf8").split("\n").slice(0, -1);
    const wanted = lines.slice(after % PAGE_SIZE).slice(0, PAGE_SIZE);
    return { total, conflicts: wanted.map((line) => conflictSchema.parse(JSON.parse(line))) };
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #writeWaiting(): Promise<void> {
    const conflicts = this.#waiting.splice(0);
    if (conflicts.length === 0) return;
    const lines = conflicts.map(
      (conflict, index) => `${JSON.stringify({ ...conflict, n: this.#total + index + 1 })}\n`,
    );
    await this.#file.appendFile(lines.join(""));
    for (const line of lines) this.#count(this.#bytes + Buffer.byteLength(line));
  }

  #count(endsAt: number): void {
    if (this.#total % PAGE_SIZE === 0) this.#pageStarts.push(this.#bytes);
    this.#total += 1;
    this.#bytes = endsAt;
  }

  async #read(position: number, length: number): Promise<{ readonly buffer: Buffer }> {
    const { buffer, bytesRead } = await this.#file.read(Buffer.alloc(length), 0, length, position);
    return { buffer: buffer.subarray(0, bytesRead) };
  }
}
