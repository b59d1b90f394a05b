/** What the orchestrator hands to every act about the drill it belongs to. */
export type Drill = {
  readonly drillId: string;
  /** From the keeper; recorder, routing and keeper refuse an older one. */
  readonly fencingToken: number;
};

/** How long the await of an observed condition may take and what must hold. */
export type StreamCondition = {
  readonly region: string;
  readonly op: "read" | "write";
  readonly forMs: number;
  readonly timeoutMs: number;
};
