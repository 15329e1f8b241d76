export { runQuickstart } from './quickstart.ts';
export { drawLossCurve, type LossPoint } from './report/charts.ts';
