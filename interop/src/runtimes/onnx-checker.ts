import { pythonRuntime } from './python-runtime.ts';

export const onnxChecker = pythonRuntime('checker', {
  name: 'onnx.checker',
  description: 'the official checker with shape inference (full_check)',
  runs: false,
});
