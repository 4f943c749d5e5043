/** Node 24 strips the types itself, so no transformer stands between the sources and the tests. */
const typescript = { transform: {}, extensionsToTreatAsEsm: ['.ts'], testEnvironment: 'node' };

export default {
  projects: [
    {
      ...typescript,
      displayName: 'unit',
      // Beside the sources, and those among the integration tests that need no servers.
      testMatch: [
        '<rootDir>/{bench,infra,src}/**/*.test.ts',
        '<rootDir>/test/{simulation,chaos}/**/*.test.ts',
      ],
    },
    {
      ...typescript,
      displayName: 'integration',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: [
        '/node_modules/',
        '<rootDir>/test/(simulation|chaos|browser|builds|brokersLost|containers)/',
      ],
    },
    {
      ...typescript,
      displayName: 'browser',
      testMatch: ['<rootDir>/test/browser/**/*.test.ts'],
    },
    {
      ...typescript,
      displayName: 'builds',
      testMatch: ['<rootDir>/test/builds/**/*.test.ts'],
    },
    {
      ...typescript,
      displayName: 'brokersLost',
      testMatch: ['<rootDir>/test/brokersLost/**/*.test.ts'],
    },
    {
      ...typescript,
      displayName: 'containers',
      testMatch: ['<rootDir>/test/containers/**/*.test.ts'],
    },
  ],
  // The longest take a minute; a slow machine may take four.
  testTimeout: 240_000,
};
