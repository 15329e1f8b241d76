export type { Check, Outcome } from './check/check.ts';
export { ENGINE_NAMES, type Evaluate, findEngine } from './evaluate/evaluate.ts';
export { findCases, type GoldenCase } from './golden/golden-case.ts';
export { type CaseResult, formatResult, formatSummary, runCase } from './run-cases.ts';
