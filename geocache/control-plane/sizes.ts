import type { Sku } from "./model.ts";

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;
const premiumGib = [0, 6, 13, 26, 53, 120] as const;
const basicGib = [0.25, 1, 2.5, 6, 13, 26, 53] as const;

/** Below this a redis-server has no room for data beside its own needs. */
const SMALLEST_BYTES = 3 * MIB;

/** Memory of a size in the real service, in GiB; undefined for a size that does not exist. */
export function skuGib(sku: Sku): number | undefined {
  return sku.family === "P" ? premiumGib[sku.capacity] || undefined : basicGib[sku.capacity];
}

/** What redis-server is really given: 1/memoryScale of the size, in bytes. */
export function scaledMaxmemoryBytes(sku: Sku, memoryScale: number): number {
  return Math.max(SMALLEST_BYTES, Math.floor(((skuGib(sku) ?? 0) * GIB) / memoryScale));
}
