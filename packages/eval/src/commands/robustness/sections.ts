import { attackSection } from './attack-options.ts';
import { corruptionSection } from './corruption-options.ts';
import { frequencySection } from './frequency-options.ts';
import type { RobustnessSection } from './robustness-section.ts';
import type { SuiteArguments } from './suite-arguments.ts';

/** Every part of the suite. A new one is a file of options and tests, and a row here. */
export const SECTIONS: readonly RobustnessSection<SuiteArguments>[] = [
  corruptionSection,
  attackSection,
  frequencySection,
];
