import { LifeboatError } from "../errors.ts";

/** Header names in lower case; a repeated header's values are joined by ", ". */
export type Headers = ReadonlyMap<string, string>;
export type Head = { readonly startLine: string; readonly headers: Headers };

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** What would start another header further on. */
const FORBIDDEN_IN_VALUE = ["\0", "\r", "\n"];

/** The start line and headers of a message, without its empty line. @throws BAD_INPUT for a malformed header */
export function parseHead(text: string): Head {
  const [startLine = "", ...lines] = text.split("\r\n");
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(0, colon));
    const value = line.slice(colon + 1).trim();
    if (!NAME.test(name) || FORBIDDEN_IN_VALUE.some((one) => value.includes(one))) {
      throw new LifeboatError("BAD_INPUT", "malformed HTTP header", { field: name });
    }
    const key = name.toLowerCase();
    const former = headers.get(key);
    headers.set(key, former === undefined ? value : `${former}, ${value}`);
  }
  return { startLine, headers };
}

/** Whether a comma-separated header such as `connection` holds a word, whatever its case. */
export function listsWord(headers: Headers, name: string, word: string): boolean {
  const value = headers.get(name);
  if (value === undefined) return false;
  return value
    .toLowerCase()
    .split(",")
    .some((one) => one.trim() === word);
}
