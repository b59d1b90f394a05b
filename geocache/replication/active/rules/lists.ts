import {
  compareStamps,
  observed,
  type Bytes,
  type Effect,
  type Operation,
  type Side,
  type Stamp,
} from "../operation.ts";

/** `pushedBy` is known while the push is recent; what stood there before counts as seen by every operation. */
export type ListElement = { readonly value: Bytes; readonly pushedBy?: Stamp };

/**
 * A list as its foundation and the recent operations on it, replayed in their total order: pushes unite, a deletion
 * takes only what it had seen, two pops of one element are two deliveries of it (rules.md §4a).
 */
export type ListHistory = { readonly base: readonly ListElement[]; readonly recent: readonly Operation[] };

export function withOperation(history: ListHistory, operation: Operation): ListHistory {
  return { base: history.base, recent: [...history.recent, operation].toSorted(compareStamps) };
}

export function replay({ base, recent }: ListHistory): readonly ListElement[] {
  return recent.reduce((elements, operation) => step(elements, operation), base);
}

/** Moves what can no longer be preceded by anything into the foundation. */
export function settled(history: ListHistory, isStable: (operation: Operation) => boolean): ListHistory {
  const open = history.recent.findIndex((operation) => !isStable(operation));
  const done = open === -1 ? history.recent.length : open;
  return {
    base: replay({ base: history.base, recent: history.recent.slice(0, done) }),
    recent: history.recent.slice(done),
  };
}

function step(elements: readonly ListElement[], operation: Operation): readonly ListElement[] {
  const { effect } = operation;
  switch (effect.kind) {
    case "push":
      return pushed(elements, effect.side, { value: effect.value, pushedBy: operation });
    case "pop":
      return popped(elements, operation, effect);
    case "set":
    case "del":
      return unseen(elements, operation);
    case "state":
      return [...contentOf(effect, operation), ...unseen(elements, operation)];
    case "incr":
    case "expire":
    case "persist":
    case "add":
    case "increase":
    case "remove":
      return elements;
  }
}

function pushed(elements: readonly ListElement[], side: Side, element: ListElement): readonly ListElement[] {
  return side === "left" ? [element, ...elements] : [...elements, element];
}

/** The outermost such element that the pop's issuer had seen: it took what stood at the end of its own list. */
function popped(
  elements: readonly ListElement[],
  operation: Operation,
  { side, value }: Extract<Effect, { kind: "pop" }>,
): readonly ListElement[] {
  const meant = (element: ListElement): boolean => element.value === value && seen(operation, element);
  const at = side === "left" ? elements.findIndex(meant) : elements.findLastIndex(meant);
  return at === -1 ? elements : elements.toSpliced(at, 1);
}

function unseen(elements: readonly ListElement[], operation: Operation): readonly ListElement[] {
  return elements.filter((element) => !seen(operation, element));
}

function seen(operation: Operation, { pushedBy }: ListElement): boolean {
  return pushedBy === undefined || observed(operation, pushedBy);
}

function contentOf(effect: Extract<Effect, { kind: "state" }>, operation: Operation): ListElement[] {
  return effect.type === "list" ? effect.cells.map(({ value }) => ({ value, pushedBy: operation })) : [];
}
