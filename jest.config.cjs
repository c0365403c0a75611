/** Two projects: `unit` needs nothing but Node and starts at once; `real` runs against one real Temporal server. */
const swc = (tsx) => [
  '@swc/jest',
  {
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', tsx },
      transform: { react: { runtime: 'automatic', importSource: 'hono/jsx' } },
    },
    module: { type: 'commonjs' },
    sourceMaps: 'inline',
  },
];

const shared = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  modulePathIgnorePatterns: ['<rootDir>/dist'],
  transform: { '^.+\\.ts$': swc(false), '^.+\\.tsx$': swc(true) },
};

module.exports = {
  maxWorkers: 2,
  testSequencer: '<rootDir>/test/support/sequencer.cjs',
  // What a test waits for has limits of its own; this one ends what hangs. Containers and hosts take longer to begin than
  // processes: see npm run test:computes.
  testTimeout: process.env.GRID_TEST_COMPUTE ? 300_000 : 180_000,
  reporters: ['default', '<rootDir>/test/support/count_reporter.cjs'],
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/test/unit/**/*.test.ts'],
    },
    {
      ...shared,
      displayName: 'real',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/unit/', ...(process.env.GRID_TEST_PRODUCTION ? [] : ['<rootDir>/test/production/'])],
      globalSetup: '<rootDir>/test/support/global_setup.ts',
      globalTeardown: '<rootDir>/test/support/global_teardown.ts',
    },
  ],
};
