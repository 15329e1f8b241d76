// tfjs-core's Node build registers no gradients; the whole package's does (and its CPU backend).
import '@tensorflow/tfjs';
import { enableProdMode } from '@tensorflow/tfjs-core';

// Without it the CPU backend greets every process with advice to install tfjs-node.
enableProdMode();
