import type { CaptureItem, Resume } from "./placed.ts";

/** Some of what waits, and where a syncer would have to resume that finds these in the log; undefined: behind all. */
type Portion = { readonly items: readonly CaptureItem[]; readonly resume: Resume | undefined };

/** What was captured and waits for the log, ordered by `at`. */
export class Unlogged {
  #items: CaptureItem[] = [];
  #first = 0;
  /** For each place the earliest position that it or anything behind it has to be resumed from. */
  #resumes: Resume[] = [];

  get length(): number {
    return this.#items.length - this.#first;
  }

  push(items: readonly CaptureItem[]): void {
    if (items.length === 0) return;
    this.#items = this.length === 0 ? [...items] : [...this.#items.slice(this.#first), ...items];
    this.#first = 0;
    this.#resumes = resumesOf(this.#items);
  }

  /** About `limit` of them: the next place before it where the stream can be resumed, or else the next one at all. */
  next(limit: number): Portion {
    const count = this.#cutBefore(Math.min(limit, this.length)) || this.length;
    const end = this.#first + count;
    return { items: this.#items.slice(this.#first, end), resume: this.#resumes[end] };
  }

  /** They are in the log. */
  drop(count: number): void {
    this.#first += count;
  }

  #cutBefore(limit: number): number {
    for (let count = limit; count > 0; count -= 1) {
      const end = this.#first + count;
      if ((this.#items[end - 1]?.at ?? 0) < (this.#resumes[end]?.offset ?? Infinity)) return count;
    }
    return 0;
  }
}

function resumesOf(items: readonly CaptureItem[]): Resume[] {
  const resumes = items.map(({ resume }) => resume);
  for (let index = items.length - 2; index >= 0; index -= 1) {
    const [own, behind] = [resumes[index], resumes[index + 1]];
    if (own !== undefined && behind !== undefined && behind.offset < own.offset) resumes[index] = behind;
  }
  return resumes;
}
