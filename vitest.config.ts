import { defineConfig } from "vitest/config";

// One file at a time: the tests start real servers and watch real clocks, and the machines of CI have two cores.
const config = defineConfig({
  test: {
    include: ["**/*.test.ts"],
    exclude: ["node_modules/**", ".lifeboat/**", "bundles/**"],
    pool: "forks",
    maxWorkers: 1,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    retry: 0,
    // A test says so when its caches are to be containers.
    env: { LIFEBOAT_HOST: "process" },
  },
});

// oxlint-disable-next-line no-default-export -- vitest reads its configuration from the default export
export default config;
