export { runQuickstart } from './quickstart.ts';
