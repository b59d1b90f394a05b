import type { FastifyInstance } from "fastify";
import { LifeboatError } from "../../base/errors.ts";
import { createApi, parseInput } from "../../base/http-server.ts";
import { loadOrCreateCredentials } from "../../base/credentials.ts";
import { appendEventsSchema, openBundleSchema, putFileSchema, sealSchema } from "../../contracts/recorder.ts";
import { loadOrCreateSigningKey } from "../keys.ts";
import { isDrillId } from "../layout.ts";
import type { Renderer } from "../view.ts";
import { endings } from "../events.ts";
import { holdBundle, type Bundle } from "./bundle.ts";
import { sealBundle } from "./seal.ts";
import { createStateStore } from "./state.ts";

type RecorderOptions = {
  readonly home: string;
  readonly bundlesFolder: string;
  readonly keysFolder: string;
  /** Given by the composition root: renderers live above this part. */
  readonly renderers: readonly Renderer[];
};

/** The only writer of bundles and the only holder of the signing key. API: contracts/recorder.ts. */
export async function createRecorder(
  options: RecorderOptions,
): Promise<{ api: FastifyInstance; close: () => Promise<void> }> {
  const { recorder: token } = await loadOrCreateCredentials(options.home);
  const bundles = createBundles(options);
  // Text files of a drill come in one request.
  const api = createApi({ token, bodyLimitBytes: 32 * 1024 * 1024 });
  addRoutes(api, bundles);
  return {
    api,
    async close() {
      await api.close();
      await bundles.close();
    },
  };
}

type Bundles = {
  /** @throws NOT_FOUND for a drill that was never opened */
  get(drillId: string): Promise<Bundle>;
  /** Opens a drill's bundle, or leaves nothing of it behind. */
  open(drillId: string, opening: Parameters<Bundle["open"]>[0]): ReturnType<Bundle["open"]>;
  ids(): Promise<string[]>;
  close(): Promise<void>;
};

function createBundles(options: RecorderOptions): Bundles {
  const states = createStateStore(options.home);
  const held = new Map<string, Promise<Bundle>>();
  const hold = async (drillId: string, make: boolean): Promise<Bundle> => {
    const found = await states.load(drillId);
    if (!found && !make) throw new LifeboatError("NOT_FOUND", `there is no bundle of drill ${drillId}`);
    const sealer: Parameters<typeof holdBundle>[0]["sealer"] = async (bundle) =>
      sealBundle(bundle, {
        privateKey: await loadOrCreateSigningKey(options.keysFolder),
        renderers: options.renderers,
      });
    return holdBundle({ drillId, bundlesFolder: options.bundlesFolder, states, sealer }, found);
  };
  const get = async (drillId: string, make = false): Promise<Bundle> => {
    if (!isDrillId(drillId))
      throw new LifeboatError("BAD_INPUT", `drillId: ${drillId} is no drill id`, { field: "drillId" });
    const known = held.get(drillId) ?? hold(drillId, make);
    held.set(drillId, known);
    known.catch(() => held.delete(drillId));
    return known;
  };
  return {
    get,
    async open(drillId, opening) {
      const bundle = await get(drillId, true);
      try {
        return await bundle.open(opening);
      } catch (error) {
        if ((await states.load(drillId)) === undefined) {
          held.delete(drillId);
          await bundle.abandon().finally(() => bundle.close());
        }
        throw error;
      }
    },
    ids: () => states.ids(),
    async close() {
      for (const bundle of held.values()) await bundle.then((one) => one.close()).catch(() => undefined);
    },
  };
}

type ById = { Params: { drillId: string } };

function addRoutes(api: FastifyInstance, bundles: Bundles): void {
  api.get("/bundles", async () => {
    const ids = await bundles.ids();
    const all = await Promise.allSettled(ids.map(async (id) => (await bundles.get(id)).status()));
    // A sealed bundle may have been moved away; it must not hide the others.
    return { bundles: all.flatMap((one) => (one.status === "fulfilled" ? [one.value] : [])) };
  });
  api.get<ById>("/bundles/:drillId", async ({ params }) => (await bundles.get(params.drillId)).status());
  api.put<ById>("/bundles/:drillId", async ({ params, body }) => {
    const { scenario, ...opening } = parseInput(openBundleSchema, body);
    return bundles.open(params.drillId, { ...opening, scenario, drillId: params.drillId });
  });
  api.post<ById>("/bundles/:drillId/events", async ({ params, body }) => {
    const request = parseInput(appendEventsSchema, body);
    return (await bundles.get(params.drillId)).append(request.fencingToken, request.events);
  });
  api.put<ById>("/bundles/:drillId/files", async ({ params, body }) => {
    return (await bundles.get(params.drillId)).putFile(parseInput(putFileSchema, body));
  });
  api.post<ById>("/bundles/:drillId/seal", async ({ params, body }) => {
    const request = parseInput(sealSchema, body);
    if (!endings.some((ending) => ending === request.ending)) {
      throw new LifeboatError("BAD_INPUT", `ending: must be one of ${endings.join(", ")}`, { field: "ending" });
    }
    return (await bundles.get(params.drillId)).seal(request.fencingToken, request.ending);
  });
}
