import { closeOnSignal, serveRegistered } from "../../base/http-server.ts";
import { bundlesFolder, homeFolder, keysFolder } from "../../base/paths.ts";
import { createRecorder } from "../../evidence/recorder/recorder.ts";
import { renderers } from "../../reports/index.ts";

// The recorder's main lives here because it is given its renderers, which lie above it.
const home = homeFolder();
const recorder = await createRecorder({
  home,
  bundlesFolder: bundlesFolder(),
  keysFolder: keysFolder(),
  renderers,
});
await serveRegistered(recorder.api, { home, name: "recorder" });
closeOnSignal({ home, name: "recorder" }, () => recorder.close());
