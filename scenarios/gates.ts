/** Where a drill may wait for a person. */
export const gates = ["start", "failover", "force-unlink"] as const;
export type Gate = (typeof gates)[number];
