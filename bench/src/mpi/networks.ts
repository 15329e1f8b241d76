import type { Network } from './network.ts';

/** Networks of clusters by their nominal figures, for predictions; none of them was measured here. One connection per node, full duplex. */
export const NETWORKS: Readonly<Record<string, Network>> = {
  '1 Gbit/s Ethernet': { latency: 50e-6, secondsPerByte: 8 / 1e9 },
  '10 Gbit/s Ethernet': { latency: 30e-6, secondsPerByte: 8 / 10e9 },
  '25 Gbit/s Ethernet': { latency: 20e-6, secondsPerByte: 8 / 25e9 },
  '100 Gbit/s InfiniBand': { latency: 2e-6, secondsPerByte: 8 / 100e9 },
};
