export { runDrill } from "./run-drill.ts";
export { failoverRunbook } from "./runbooks/failover.ts";
export { rejoinRunbook } from "./runbooks/rejoin.ts";
export { janitor } from "./janitor.ts";
