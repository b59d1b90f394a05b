import { stamp } from "../../../../base/clocks.ts";
import type { Conflict } from "../../../../contracts/groups.ts";
import type { Bytes, Stamp } from "../operation.ts";
import type { LostWrite } from "../rules/conflicts.ts";

const LONGEST_VALUE = 64;

export function conflictOf({ rule, cell, winner, loser, lostValue }: LostWrite): Omit<Conflict, "n"> {
  return {
    at: stamp(),
    key: base64(loser.effect.key),
    cell: cell === null ? null : base64(cell),
    rule,
    winner: stampOf(winner),
    loser: stampOf(loser),
    lostValue: lostValue === null ? null : base64(lostValue.slice(0, LONGEST_VALUE)),
  };
}

function base64(bytes: Bytes): string {
  return Buffer.from(bytes, "latin1").toString("base64");
}

function stampOf({ origin, seq, hlcUs }: Stamp): Stamp {
  return { origin, seq, hlcUs };
}
