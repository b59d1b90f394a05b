import type { Registration } from "../../base/registration.ts";
import type { LaunchSpec } from "./launch.ts";

/** A process that the supervisor keeps running. */
export type Service = {
  readonly name: string;
  /** How to start it, asked at every start. */
  readonly spec: () => Promise<LaunchSpec>;
  /** Its address, when it cannot register itself because it is not ours. */
  readonly foreignUrl?: () => Promise<string>;
  readonly healthy: (registration: Registration) => Promise<boolean>;
};
