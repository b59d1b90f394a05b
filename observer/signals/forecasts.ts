import { FORECAST_WINDOW_MS, forecastAt, type Forecast, type MemorySample } from "../../contracts/forecast.ts";
import { survivorsMemory, type GroupSample } from "../../contracts/signals.ts";

/** Whether what somebody waits for holds. */
type Condition = (forecast: Forecast) => boolean;

/** The live forecast: as of now, from what the last ten seconds showed. */
export type Forecasts = {
  take(sample: GroupSample): void;
  now(): Forecast;
  /** The first forecast for which the condition holds; undefined when the time is over. */
  until(condition: Condition, timeoutMs: number): Promise<Forecast | undefined>;
};

export function createForecasts(nowMs: () => number): Forecasts {
  let window: MemorySample[] = [];
  const waiting = new Set<(forecast: Forecast) => void>();
  const now = (): Forecast => forecastAt(nowMs(), window);
  return {
    take(sample) {
      const fromMs = nowMs() - FORECAST_WINDOW_MS;
      window = [...window.filter((one) => one.atMs > fromMs), ...survivorsMemory(sample)];
      const forecast = now();
      for (const look of waiting) look(forecast);
    },
    now,
    until(condition, timeoutMs) {
      const current = now();
      if (condition(current)) return Promise.resolve(current);
      return new Promise((resolve) => {
        const end = (forecast: Forecast | undefined): void => {
          clearTimeout(timer);
          waiting.delete(look);
          resolve(forecast);
        };
        const look = (forecast: Forecast): void => {
          if (condition(forecast)) end(forecast);
        };
        const timer = setTimeout(() => end(undefined), timeoutMs);
        waiting.add(look);
      });
    },
  };
}
