import { expect, it } from "vitest";
import { sharedLook } from "./shared-look.ts";

it("answers many questions with two looks, none of them begun before its question", async () => {
  let begun = 0;
  const look = sharedLook(async () => {
    begun += 1;
    const mine = begun;
    await Promise.resolve();
    return mine;
  });
  const first = look();
  const others = Array.from({ length: 50 }, () => look());
  expect(begun).toBe(1);
  expect(await first).toBe(1);
  expect(new Set(await Promise.all(others))).toEqual(new Set([2]));
  expect(await look()).toBe(3);
});

it("that fails is the failure of those who shared it, and of nobody after", async () => {
  let broken = true;
  const look = sharedLook(() => (broken ? Promise.reject(new Error("silent")) : Promise.resolve("seen")));
  const first = look();
  const second = look();
  broken = false;
  await expect(first).rejects.toThrow("silent");
  expect(await second).toBe("seen");
});
