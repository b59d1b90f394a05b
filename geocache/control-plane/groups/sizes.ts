const GIB = 1024 ** 3;
const MIB = 1024 ** 2;

/** Below this a member has no room for data beside its log and its own needs. */
const SMALLEST_BYTES = 8 * MIB;

/** Sizes in GB as the names say them, by tier; the real service rounds some of them (E10 is sold as 12 GB). */
const tiers: Readonly<Record<string, readonly string[]>> = {
  Enterprise: ["E1", "E5", "E10", "E20", "E50", "E100", "E200", "E400"],
  EnterpriseFlash: ["F300", "F700", "F1500"],
  Balanced: ["B0", "B1", "B3", "B5", "B10", "B20", "B50", "B100", "B150", "B250", "B350", "B500", "B700", "B1000"],
  MemoryOptimized: ["M10", "M20", "M50", "M100", "M150", "M250", "M350", "M500", "M700", "M1000", "M1500", "M2000"],
  ComputeOptimized: ["X3", "X5", "X10", "X20", "X50", "X100", "X150", "X250", "X350", "X500", "X700"],
  FlashOptimized: ["A250", "A500", "A700", "A1000", "A1500", "A2000", "A4500"],
};

/** Nodes that a capacity may count, and that one size's memory is sold for. Only the older tiers have a capacity. */
const steps: Readonly<Record<string, { readonly first: number; readonly next: number }>> = {
  Enterprise: { first: 2, next: 2 },
  EnterpriseFlash: { first: 3, next: 6 },
};

export type EnterpriseSku = { readonly name: string; readonly capacity: number | null };

export function tierOf(sku: EnterpriseSku): string {
  return sku.name.split("_")[0] ?? "";
}

export function isFlash(sku: EnterpriseSku): boolean {
  return ["EnterpriseFlash", "FlashOptimized"].includes(tierOf(sku));
}

export function isKnownSku({ name }: EnterpriseSku): boolean {
  const [tier = "", size = ""] = name.split("_");
  return tiers[tier]?.includes(size) ?? false;
}

/** The capacity as it counts, the default filled in; undefined for one that the size cannot have. */
export function capacityOf(sku: EnterpriseSku): number | null | undefined {
  const step = steps[tierOf(sku)];
  if (step === undefined) return sku.capacity === null ? null : undefined;
  const capacity = sku.capacity ?? step.first;
  return capacity >= step.first && (capacity - step.first) % step.next === 0 ? capacity : undefined;
}

/** What redis-server is really given: 1/memoryScale of the size, in bytes. */
export function scaledBytes(sku: EnterpriseSku, memoryScale: number): number {
  const gib = Number(sku.name.replace(/^\D+_\D/, "")) || 0.5;
  const first = steps[tierOf(sku)]?.first ?? 1;
  const sizes = (sku.capacity ?? first) / first;
  return Math.max(SMALLEST_BYTES, Math.floor((gib * sizes * GIB) / memoryScale));
}
