import { pythonRuntime } from './python-runtime.ts';

export const onnxruntimePython = pythonRuntime('onnxruntime', {
  name: 'ort-python',
  description: "Python's onnxruntime on the CPU",
  runs: true,
});
