import type { Socket } from "node:net";
import { sendMessage } from "../exchange/frames.ts";
import type { Question } from "../exchange/messages.ts";
import type { Presence } from "../syncer/presence.ts";
import { giveKeys, giveSnapshot } from "./donor.ts";

/** Answers what others ask once, and ends the connection. One snapshot at a time, and none while writes are held back. */
export function createAnswers(presence: Presence, isHeld: () => boolean): (socket: Socket, question: Question) => void {
  let isGiving = false;

  const give = async (socket: Socket, { member, wants }: Question): Promise<void> => {
    const { incarnation, phase, peers, input } = presence;
    const heard = wants === "keys" ? undefined : peers.forget(member);
    const isOpen = incarnation !== undefined && phase === "open" && !isGiving && !isHeld();
    if (wants === "standing") {
      const applied = [...(incarnation?.applied ?? [])];
      sendMessage(socket, { kind: "standing", open: isOpen, applied, heard: heard ?? null });
      return sendMessage(socket, { kind: "end" });
    }
    if (!isOpen) return sendMessage(socket, { kind: "refused", reason: `${input.member} cannot give anything now` });
    if (wants === "keys") return await giveKeys(socket, input.redis);
    isGiving = true;
    const standStill: Parameters<typeof giveSnapshot>[2] = (standstill) =>
      presence.steps(async () => {
        // Whoever stands still lets clients write on afterwards.
        if (isHeld()) throw new Error("writes are held back");
        await incarnation.standStill(standstill);
      });
    await giveSnapshot(socket, input.redis, standStill).finally(() => (isGiving = false));
  };

  return (socket, question) => {
    give(socket, question).then(
      () => socket.end(),
      () => socket.destroy(),
    );
  };
}
