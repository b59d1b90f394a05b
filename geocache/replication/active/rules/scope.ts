import type { Effect, KeyType, Operation } from "../operation.ts";

/** Whether an operation concerns the whole key: what its issuer had seen of the key is gone or replaced. */
export function isKeyLevel(effect: Effect): effect is Extract<Effect, { kind: "set" | "del" | "state" }> {
  return effect.kind === "set" || effect.kind === "del" || effect.kind === "state";
}

export function isTtlOnly(effect: Effect): effect is Extract<Effect, { kind: "expire" | "persist" }> {
  return effect.kind === "expire" || effect.kind === "persist";
}

/** Whether an operation concerns one part of its key alone, and meets nothing but what concerns the same part. */
export function isOfPart(effect: Effect): effect is Extract<Effect, { kind: "add" | "increase" | "remove" | "incr" }> {
  return effect.kind === "add" || effect.kind === "increase" || effect.kind === "remove" || effect.kind === "incr";
}

/** The one cell an operation concerns, or undefined when it concerns the key, its time to live or a list's end. */
function cellOf(effect: Effect): string | undefined {
  return "cell" in effect ? effect.cell : undefined;
}

/** The type of what an operation leaves behind; undefined when it leaves nothing (del, remove, expire, pop …). */
export function typeLeftBy(effect: Effect): KeyType | undefined {
  switch (effect.kind) {
    case "set":
    case "incr":
      return "string";
    case "add":
    case "increase":
      return effect.type;
    case "push":
      return "list";
    case "state":
      return effect.type;
    case "del":
    case "remove":
    case "pop":
    case "expire":
    case "persist":
      return undefined;
  }
}

/** Whether `later`, whose issuer had seen `earlier`, makes it meaningless for every decision to come. */
export function supersedes(later: Operation, earlier: Operation): boolean {
  const [now, before] = [later.effect, earlier.effect];
  if (isTtlOnly(now)) return isTtlOnly(before);
  if (isKeyLevel(now)) return !isTtlOnly(before) || setsTtl(now);
  if (isOfAnotherType(now, before)) return true;
  if (now.kind === "add" || now.kind === "remove")
    return cellOf(before) === now.cell && typeWrittenTo(before) === now.type;
  return false;
}

/** Whoever wrote to a hash had seen that the string beside it had lost. */
function isOfAnotherType(now: Effect, before: Effect): boolean {
  const left = typeLeftBy(before);
  return left !== undefined && left !== typeWrittenTo(now);
}

/** The type that a key has for whoever issues an operation on a part of it. */
export function typeWrittenTo(effect: Effect): KeyType | undefined {
  if (effect.kind === "remove") return effect.type;
  return effect.kind === "pop" ? "list" : typeLeftBy(effect);
}

function setsTtl(effect: Extract<Effect, { kind: "set" | "del" | "state" }>): boolean {
  return effect.kind === "del" || effect.ttl.kind !== "keep";
}
