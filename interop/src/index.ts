export { readTensors, writeTensors } from './exchange.ts';
