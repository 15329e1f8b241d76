/** @jest-config-loader esbuild-register */
import type { Config } from 'jest';

// Tests run with a copy of the environment, which native code does not see: ONNX Runtime's telemetry must be off in the real one.
process.env.ORT_DISABLE_TELEMETRY ??= '1';

const config: Config = {
  testEnvironment: '<rootDir>/jest/environment.mjs',
  setupFilesAfterEnv: ['<rootDir>/jest/to-be-allclose.ts'],
  testMatch: ['<rootDir>/packages/*/src/**/*.test.ts', '<rootDir>/{bench,interop}/src/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' } }],
  },
  // Tests read the packages' TypeScript sources; a build is needed only for worker threads and commands.
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
  maxWorkers: 2,
  testTimeout: 60_000,
};

export default config;
