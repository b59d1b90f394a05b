import { observed, type CollectionType, type KeyType, type Operation, type Ttl } from "../operation.ts";
import { cellsLeft, outcomeOfCell } from "./cells.ts";
import type { Change } from "./change.ts";
import { typeOfKey } from "./key-type.ts";
import { isKeyLevel, isTtlOnly, supersedes, typeLeftBy, typeWrittenTo } from "./scope.ts";
import { stringLeft } from "./strings.ts";
import { ttlOf } from "./ttl.ts";

export type Decision = {
  /** The operations of the key that still take part in decisions, the new one among them. */
  readonly visible: readonly Operation[];
  /** Whether another visible operation of the key had not been seen by the new one's issuer. */
  readonly concurrent: boolean;
  /** Lists are left out: they are replayed, see lists.ts. */
  readonly changes: readonly Change[];
};

/**
 * What a newly delivered operation changes on its key, given the visible operations there. The result depends on the
 * set of operations alone, never on the order in which they came: so every member decides alike.
 */
export function decide(before: readonly Operation[], operation: Operation): Decision {
  const kept = before.filter((earlier) => !(observed(operation, earlier) && supersedes(operation, earlier)));
  const visible = [...kept, operation];
  const concurrent = kept.some((earlier) => !observed(operation, earlier));
  if (!concurrent) return { visible, concurrent, changes: [apply(operation.effect)] };
  return { visible, concurrent, changes: resolve(before, visible, operation) };
}

/** The same for an operation that meets nothing but those of the same part: `visible` are that part's. */
export function decidePart(visible: readonly Operation[], operation: Operation): readonly Change[] {
  const { effect } = operation;
  if (effect.kind !== "add" && effect.kind !== "remove") return [apply(effect)];
  const concurrent = visible.some((one) => one !== operation && !observed(operation, one));
  return concurrent ? resolveCell(visible, effect) : [apply(effect)];
}

function resolve(before: readonly Operation[], visible: readonly Operation[], operation: Operation): Change[] {
  const { effect } = operation;
  if (isTtlOnly(effect)) return resolveTtl(visible, operation);
  const type = typeOfKey(visible);
  if (isKeyLevel(effect)) return rebuild(visible, type, effect.key);
  if (changesType(before, visible, operation)) return rebuild(visible, type, effect.key);
  if (type !== undefined && typeWrittenTo(effect) !== type) return [];
  const changes = effect.kind === "add" || effect.kind === "remove" ? resolveCell(visible, effect) : [apply(effect)];
  // A key that was gone for a moment has lost its time to live with it.
  return [...changes, ...resolveTtl(visible, operation)];
}

/** Whether the key is of another type now, or has lost something that was at odds with the operation's type. */
function changesType(before: readonly Operation[], visible: readonly Operation[], { effect }: Operation): boolean {
  const [was, is] = [typeOfKey(before), typeOfKey(visible)];
  if (was !== undefined && is !== undefined && was !== is) return true;
  const written = typeWrittenTo(effect);
  const ofAnother = (one: Operation): boolean => ![undefined, written].includes(typeLeftBy(one.effect));
  const outlived = before.some((one) => ofAnother(one) && !visible.includes(one));
  return outlived || (was !== is && visible.some(ofAnother));
}

function apply(effect: Operation["effect"]): Change {
  return { kind: "apply", effect };
}

function resolveCell(
  visible: readonly Operation[],
  effect: Extract<Operation["effect"], { kind: "add" | "remove" }>,
): Change[] {
  const { key, type, cell } = effect;
  const outcome = outcomeOfCell(visible, type, cell);
  if (outcome.kind === "value") return [{ kind: "put-cell", key, type, cell, value: outcome.value }];
  return outcome.kind === "absent" ? [{ kind: "drop-cell", key, type, cell }] : [];
}

function resolveTtl(visible: readonly Operation[], { effect }: Operation): Change[] {
  const ttl = ttlOf(visible);
  return ttl === undefined ? [] : [{ kind: "put-ttl", key: effect.key, ttl }];
}

/** The key anew from what is visible: right whenever the operation that came has taken its foundation away. */
function rebuild(visible: readonly Operation[], type: KeyType | undefined, key: string): Change[] {
  const ttl = ttlOf(visible) ?? { kind: "none" };
  if (type === undefined) return [{ kind: "delete", key }];
  if (type === "string") return rebuildString(visible, key, ttl);
  if (type === "list") return [];
  return rebuildCollection(visible, { key, type, ttl });
}

function rebuildString(visible: readonly Operation[], key: string, ttl: Ttl): Change[] {
  const value = stringLeft(visible);
  return value === undefined ? [{ kind: "delete", key }] : [{ kind: "put-string", key, value, ttl }];
}

function rebuildCollection(
  visible: readonly Operation[],
  target: { readonly key: string; readonly type: CollectionType; readonly ttl: Ttl },
): Change[] {
  const cells = cellsLeft(visible, target.type);
  return cells.length === 0 ? [{ kind: "delete", key: target.key }] : [{ kind: "put-collection", ...target, cells }];
}
