/**
 * The two readings of the service where its sources disagree. `documented-2021`: a running cache never joins a group
 * (A09); whoever was force-unlinked is deleted and created again (A24). `managed-2025`: forceLinkToReplicationGroup
 * takes an existing database, whose data is discarded, into a group, within the limits of Azure Managed Redis.
 */
export const enterpriseProfiles = ["documented-2021", "managed-2025"] as const;
export type EnterpriseProfile = (typeof enterpriseProfiles)[number];
