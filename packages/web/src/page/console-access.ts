import type { Reconstruction } from '../worker/reconstruct.ts';

/** What `mfm` is in the browser's console: the last results as numbers, before they became pictures. */
export interface ConsoleAccess {
  reconstruction?: Reconstruction;
}

/** Makes results visible in the browser's console as `mfm`. */
export const consoleAccess: ConsoleAccess = {};
Object.assign(globalThis, { mfm: consoleAccess });
