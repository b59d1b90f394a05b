import { conformance } from "../control-plane/conformance.ts";
import { createProcessHost } from "./process-host.ts";

conformance("process", createProcessHost);
