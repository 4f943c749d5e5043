/** Node 24 strips the types itself, so no transformer stands between the sources and the tests. */
const typescript = { transform: {}, extensionsToTreatAsEsm: ['.ts'], testEnvironment: 'node' };

/** Tests beside the integration tests that need no servers. */
const serverless = 'test/{simulation,chaos}/**/*.test.ts';

export default {
  projects: [
    {
      ...typescript,
      displayName: 'unit',
      testMatch: ['<rootDir>/src/**/*.test.ts', `<rootDir>/${serverless}`],
    },
    {
      ...typescript,
      displayName: 'integration',
      testMatch: ['<rootDir>/test/**/*.test.ts', `!<rootDir>/${serverless}`],
    },
  ],
  testTimeout: 60_000,
};
