import { createRequire } from 'node:module';
import { version_core } from '@tensorflow/tfjs-core';

const ownPackage: { version: string } = createRequire(import.meta.url)('../package.json');

/** Versions of what made a file: this project and TensorFlow.js. */
export function packageVersions(): Record<string, string> {
  return { mfm: ownPackage.version, tfjs: version_core };
}
