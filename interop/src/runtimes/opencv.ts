import { pythonRuntime } from './python-runtime.ts';

export const opencv = pythonRuntime('opencv', {
  name: 'opencv',
  description: "OpenCV's DNN module on the CPU",
  runs: true,
});
