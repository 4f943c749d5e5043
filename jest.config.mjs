/** Node 24 strips the types itself, so no transformer stands between the sources and the tests. */
const typescript = { transform: {}, extensionsToTreatAsEsm: ['.ts'], testEnvironment: 'node' };

export default {
  projects: [
    { ...typescript, displayName: 'unit', testMatch: ['<rootDir>/src/**/*.test.ts'] },
    { ...typescript, displayName: 'integration', testMatch: ['<rootDir>/test/**/*.test.ts'] },
  ],
  testTimeout: 60_000,
};
