/**
 * The programs a drill needs beside Node. Versions and checksums are pinned here and nowhere else.
 * An archive without a known checksum is not downloaded: `go install` of the pinned version checks
 * itself against Go's checksum database.
 */
const temporalRelease = "https://github.com/temporalio/cli/releases/download/v1.5.1";

export const tools = [
  {
    name: "temporal",
    variable: "LIFEBOAT_TEMPORAL",
    version: "1.5.1",
    goModule: "github.com/temporalio/cli/cmd/temporal@v1.5.1",
    goMinutes: 3,
    archives: {
      "linux-x64": {
        url: `${temporalRelease}/temporal_cli_1.5.1_linux_amd64.tar.gz`,
        sha256: "ddc95e08b0b076efd4ea9733a3f488eb7d2be875f8834e616cd2a37358b4852d",
        member: "temporal",
      },
      "darwin-arm64": {
        url: `${temporalRelease}/temporal_cli_1.5.1_darwin_arm64.tar.gz`,
        sha256: "cca01b7ea35ad56e2a328d9ae596bf716bd22313ef63c7a761c88354457c2415",
        member: "temporal",
      },
      "darwin-x64": {
        url: `${temporalRelease}/temporal_cli_1.5.1_darwin_amd64.tar.gz`,
        sha256: "bbb73e2a31135abe50a1f1cdb35030c42961df618e8ce9c60ae89f201540c5d9",
        member: "temporal",
      },
    },
    help: "go install github.com/temporalio/cli/cmd/temporal@v1.5.1",
  },
  {
    name: "k6",
    variable: "LIFEBOAT_K6",
    version: "1.8.1",
    goModule: "go.k6.io/k6@v1.8.1",
    goMinutes: 2,
    archives: {},
    help: "go install go.k6.io/k6@v1.8.1",
  },
  {
    name: "redis-server",
    variable: "LIFEBOAT_REDIS_SERVER",
    version: "7",
    packages: { "apt-get": "redis-server", dnf: "redis", apk: "redis", brew: "redis" },
    help: "apt-get install redis-server (or your system's package manager)",
  },
];
