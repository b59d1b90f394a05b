import {
  ActivityCancellationType,
  proxyActivities,
  proxyLocalActivities,
  type RetryPolicy,
} from "@temporalio/workflow";
import type { Activities } from "../activities/create-activities.ts";

/** A full disk does not empty itself, and trying again costs the room that is left for the end. */
const noRoom = "DISK_FULL";

/** Processes restart within seconds; what fails longer than this is a failure. */
const bounded: RetryPolicy = {
  initialInterval: "200ms",
  backoffCoefficient: 1.5,
  maximumInterval: "3s",
  maximumAttempts: 15,
  nonRetryableErrorTypes: [noRoom],
};

/** Healing and sealing go on until they succeed: the machine may be down for the night. */
const steadfast: RetryPolicy = { initialInterval: "500ms", backoffCoefficient: 1.5, maximumInterval: "20s" };

/** Events: 3.5 ms as a local activity, 84 ms as a regular one. */
export const { record } = proxyLocalActivities<Activities>({
  startToCloseTimeout: "6s",
  scheduleToCloseTimeout: "10m",
  localRetryThreshold: "5s",
  retry: { initialInterval: "100ms", backoffCoefficient: 1.5, maximumInterval: "3s", maximumAttempts: 100 },
});

/** Acts of seconds to minutes. */
export const acts = proxyActivities<Activities>({
  startToCloseTimeout: "5m",
  scheduleToCloseTimeout: "15m",
  heartbeatTimeout: "5s",
  retry: bounded,
});

/** Acts that need no heartbeat. */
export const shortActs = proxyActivities<Activities>({
  startToCloseTimeout: "60s",
  scheduleToCloseTimeout: "10m",
  retry: { ...bounded, maximumAttempts: 100 },
});

/** Waits that have a limit of their own; an unlink may take a quarter of an hour in the cloud. */
export const waits = proxyActivities<Activities>({
  startToCloseTimeout: "25h",
  heartbeatTimeout: "5s",
  retry: { ...bounded, maximumAttempts: 8, nonRetryableErrorTypes: ["TIMED_OUT", noRoom] },
});

/** A dead worker is noticed after three seconds: less than the shortest sensible lease. */
export const holding = proxyActivities<Activities>({
  startToCloseTimeout: "25h",
  heartbeatTimeout: "3s",
  retry: { initialInterval: "100ms", backoffCoefficient: 1, maximumInterval: "100ms", maximumAttempts: 1000 },
});

/** Ended by being cancelled, and waited for: what they note at their end belongs into the bundle. */
export const lasting = proxyActivities<Activities>({
  startToCloseTimeout: "25h",
  heartbeatTimeout: "5s",
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: "200ms", backoffCoefficient: 1, maximumInterval: "200ms", maximumAttempts: 1000 },
});

/** What the keeper cannot lift it goes on trying to lift by itself: the drill notes it and ends. */
export const lifting = proxyActivities<Activities>({
  startToCloseTimeout: "6m",
  scheduleToCloseTimeout: "7 days",
  heartbeatTimeout: "5s",
  retry: { ...steadfast, nonRetryableErrorTypes: ["TIMED_OUT"] },
});

export const healing = proxyActivities<Activities>({
  startToCloseTimeout: "6m",
  scheduleToCloseTimeout: "7 days",
  heartbeatTimeout: "5s",
  retry: steadfast,
});

/** Clearing up is tried hard, but a bundle must not stay open for it. */
export const clearing = proxyActivities<Activities>({
  startToCloseTimeout: "2m",
  scheduleToCloseTimeout: "3m",
  heartbeatTimeout: "5s",
  retry: { ...steadfast, nonRetryableErrorTypes: [noRoom] },
});
