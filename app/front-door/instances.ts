import { createApiClient } from "../../base/http-client.ts";
import { createHttpSlots, type HttpSlots } from "../../base/http1/slots.ts";
import type { Endpoint } from "../../contracts/endpoint.ts";
import {
  instanceRoutingAnswerSchema,
  type InstanceList,
  type InstanceRouting,
  type InstanceSpec,
} from "../../contracts/front-door.ts";
import { createHealth, type Health } from "./health.ts";
import type { StateStore } from "./state.ts";

const CONNECT_TIMEOUT_MS = 300;
/** Shorter than the instances' own, so that it is never their side that closes a connection under a request. */
const IDLE_MS = 30_000;
const PUSH_TIMEOUT_MS = 1000;
const RE_PUSH_MS = 250;
/** More than this under way at one instance means that it does not answer: further requests are refused at once. */
const MOST_IN_FLIGHT = 1024;

/** A regional application as the front door sees it. */
export type Instance = {
  readonly name: string;
  readonly spec: InstanceSpec;
  /** Its connections; every request over them is bounded by the one who sends it. */
  readonly slots: HttpSlots;
  readonly health: Health;
  /** The routing version it last confirmed; null while it is not known to have the one in force. */
  version: number | null;
  pushing: boolean;
  inFlight: number;
  answered: number;
  unanswered: number;
};

export type Instances = {
  list(): Instance[];
  ofRegion(region: string): Instance | undefined;
  put(name: string, spec: InstanceSpec): Promise<void>;
  remove(name?: string): Promise<void>;
  /** Tells one instance a table. @throws when it does not confirm within a second */
  push(instance: Instance, routing: InstanceRouting): Promise<void>;
  summary(): InstanceList["instances"];
  close(): void;
};

export function isFull(instance: Instance): boolean {
  return instance.inFlight >= MOST_IN_FLIGHT;
}

/** Keeps a pool of connections to every instance and, in the background, tells the table to those that lack it. */
export function createInstances(state: StateStore, token: string): Instances {
  const byName = new Map<string, Instance>();
  for (const [name, spec] of Object.entries(state.get().instances)) byName.set(name, connect(name, spec));
  const discard = (name: string): void => {
    byName.get(name)?.slots.close();
    byName.delete(name);
  };
  const save = (): Promise<void> =>
    state.change({ instances: Object.fromEntries([...byName].map(([name, { spec }]) => [name, spec])) });
  const push = (instance: Instance, routing: InstanceRouting): Promise<void> => tell(instance, routing, token);
  const timer = setInterval(() => rePush([...byName.values()], state, push), RE_PUSH_MS);
  timer.unref();
  return {
    list: () => [...byName.values()],
    ofRegion(region) {
      for (const instance of byName.values()) if (instance.spec.region === region) return instance;
      return undefined;
    },
    async put(name, spec) {
      const former = byName.get(name);
      if (former && sameSpec(former.spec, spec)) return;
      discard(name);
      byName.set(name, connect(name, spec));
      await save();
    },
    async remove(name) {
      for (const known of name === undefined ? [...byName.keys()] : [name]) discard(known);
      await save();
    },
    push,
    summary: () => [...byName.values()].map(summaryOf),
    close() {
      clearInterval(timer);
      for (const { slots } of byName.values()) slots.close();
    },
  };
}

function connect(name: string, spec: InstanceSpec): Instance {
  const slots = createHttpSlots(urlOf(spec.endpoint), { connectTimeoutMs: CONNECT_TIMEOUT_MS, idleMs: IDLE_MS });
  const health = createHealth();
  return { name, spec, slots, health, version: null, pushing: false, inFlight: 0, answered: 0, unanswered: 0 };
}

function urlOf(endpoint: Endpoint): string {
  return `${endpoint.tls ? "https" : "http"}://${endpoint.host}:${endpoint.port}`;
}

function sameSpec(one: InstanceSpec, other: InstanceSpec): boolean {
  return one.region === other.region && urlOf(one.endpoint) === urlOf(other.endpoint);
}

function summaryOf(instance: Instance): InstanceList["instances"][number] {
  const { name, spec, inFlight, answered, unanswered } = instance;
  return { name, ...spec, inFlight, answered, unanswered };
}

async function tell(instance: Instance, routing: InstanceRouting, token: string): Promise<void> {
  const client = createApiClient({
    url: async () => urlOf(instance.spec.endpoint),
    token,
    timeoutMs: PUSH_TIMEOUT_MS,
  });
  await client.call({
    method: "PUT",
    path: "/instance/routing",
    body: routing,
    answer: instanceRoutingAnswerSchema,
  });
}

type Push = (instance: Instance, routing: InstanceRouting) => Promise<void>;

/** An instance may be frozen or gone for minutes: at most one attempt at a time, each bounded. */
function rePush(instances: readonly Instance[], state: StateStore, push: Push): void {
  const { version, table } = state.get();
  if (version === 0) return;
  for (const instance of instances) {
    if (instance.version === version || instance.pushing) continue;
    instance.pushing = true;
    void push(instance, { version, table })
      .then(() => {
        if (state.get().version === version) instance.version = version;
      })
      .catch(() => undefined)
      .finally(() => (instance.pushing = false));
  }
}
