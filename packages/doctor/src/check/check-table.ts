import { checkBackends } from './backends.ts';
import { checkChromium } from './chromium.ts';
import { checkDevices } from './devices.ts';
import type { Check } from './finding.ts';
import { checkGpu } from './gpu.ts';
import { checkMachine } from './machine.ts';
import { checkRuntime } from './runtime.ts';

/** Everything that is looked at, in the order of the report. */
export const CHECKS: readonly Check[] = [
  checkRuntime,
  checkMachine,
  checkDevices,
  checkBackends,
  checkGpu,
  checkChromium,
];
