import { loadOrCreateCredentials } from "../../base/credentials.ts";
import { createApiClient } from "../../base/http-client.ts";
import { isLifeboatError } from "../../base/errors.ts";
import { serviceUrl } from "../../base/registration.ts";
import { faultListSchema } from "../../contracts/fault.ts";
import { bundleStatusSchema } from "../../contracts/recorder.ts";

/**
 * Whether a drill has nothing more to do here: its bundle is sealed and none of its faults is in force.
 * Asked of the recorder and the keeper alone, so that it does not hang on Temporal. No answer means no.
 */
export async function drillIsOver(home: string, drillId: string | null): Promise<boolean> {
  if (drillId === null) return true;
  try {
    const credentials = await loadOrCreateCredentials(home);
    const recorder = createApiClient({ url: () => serviceUrl(home, "recorder"), token: credentials.recorder });
    const keeper = createApiClient({ url: () => serviceUrl(home, "keeper"), token: credentials.keeper });
    const path = `/bundles/${encodeURIComponent(drillId)}`;
    const bundle = await recorder.call({ method: "GET", path, answer: bundleStatusSchema });
    if (bundle.state !== "sealed") return false;
    const { faults } = await keeper.call({ method: "GET", path: "/faults", answer: faultListSchema });
    return !faults.some((fault) => ["injecting", "active", "lifting"].includes(fault.state));
  } catch (error) {
    return isLifeboatError(error) && error.code === "NOT_FOUND";
  }
}
