/** How much of a long list a page shows. Whatever is cut is announced where it is cut. */
export type Caps = {
  readonly rows: number;
  readonly textLength: number;
  readonly chartPoints: number;
  readonly chartStreams: number;
};

/** Tried in this order until the page is small enough. */
export const capLevels: readonly Caps[] = [
  { rows: 50, textLength: 400, chartPoints: 320, chartStreams: 8 },
  { rows: 30, textLength: 200, chartPoints: 240, chartStreams: 6 },
  { rows: 15, textLength: 120, chartPoints: 160, chartStreams: 4 },
  { rows: 8, textLength: 80, chartPoints: 100, chartStreams: 4 },
];
