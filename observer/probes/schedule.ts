type ScheduleOptions = {
  readonly intervalUs: number;
  /** Microseconds since the origin of the grid. */
  readonly nowUs: () => number;
  /** `n`-th due time. After a late wake-up `dueUs` is the earliest one missed, so that the raw data show the gap. */
  readonly send: (n: number, dueUs: number) => void;
};

/**
 * Open loop on the absolute grid n × interval, without drift and whatever the probes before do. Due times missed by
 * a late wake-up are not sent in a burst: one probe stands for them and carries their lateness. Returns how to stop.
 */
export function startSchedule({ intervalUs, nowUs, send }: ScheduleOptions): () => void {
  // Timers have a grain of a millisecond and may fire early: that little is sent early rather than a grain late.
  const earlyUs = Math.min(500, intervalUs / 4);
  let next = Math.max(0, Math.ceil(nowUs() / intervalUs));
  let timer: NodeJS.Timeout | undefined;

  function tick(): void {
    const now = nowUs();
    const dueUs = next * intervalUs;
    if (now >= dueUs - earlyUs) {
      const number = Math.max(next, Math.floor(now / intervalUs));
      next = number + 1;
      send(number, dueUs);
    }
    timer = setTimeout(tick, Math.max(1, (next * intervalUs - nowUs()) / 1000));
  }
  tick();
  return () => clearTimeout(timer);
}
