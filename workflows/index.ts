export { runDrill } from "./run-drill.ts";
export { failoverRunbook } from "./runbooks/failover.ts";
export { forceUnlinkRunbook } from "./runbooks/force-unlink.ts";
export { rejoinMemberRunbook } from "./runbooks/rejoin-member.ts";
export { rejoinRunbook } from "./runbooks/rejoin.ts";
export { janitor } from "./janitor.ts";
