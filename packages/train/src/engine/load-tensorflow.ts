import * as tf from '@tensorflow/tfjs-core';

/** Packages that bring TensorFlow's C library, best first. Their bindings are fetched by `pnpm setup:tensorflow`, not on installation. */
const PACKAGES = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'];

/** First version of Node without `util.isNullOrUndefined`, which tfjs-node 4.22 calls. */
const BREAKS_BINDING = 23;

const SETUP =
  '"pnpm setup:tensorflow" fetches it (on Linux x64 also "node interop/tensorflow/build-binding.mjs", from PyPI).';

/** What an error of the binding means, by what its message holds; the first that fits. */
const CAUSES: readonly { readonly sign: RegExp; explain(match: RegExpExecArray): string }[] = [
  {
    sign: /native addon module .* can not be found/s,
    explain: () => `TensorFlow's native binding is not there. ${SETUP}`,
  },
  {
    sign: /(lib(?:cuda|cudart|cublas|cublasLt|cufft|curand|cusolver|cusparse|cudnn)\b[\w.]*): cannot open shared object file/,
    explain: ([, library]) =>
      `TensorFlow 2.9 for GPUs needs CUDA 11.2 and cuDNN 8.1 on LD_LIBRARY_PATH, and ${library} is not there.`,
  },
  {
    sign: /(libtensorflow\w*\.so[\w.]*): cannot open shared object file/,
    explain: ([, library]) => `TensorFlow's library ${library} is not beside its binding. ${SETUP}`,
  },
  {
    sign: /Cannot find (?:package|module) '@tensorflow\/tfjs-node/,
    explain: () => 'It was left out of the installation. Run "npm run setup", or install with optional dependencies.',
  },
];

/** The reason, and what to do, for a binding that could not be loaded. */
export function explainTensorflowError(error: Error, nodeVersion: string = process.versions.node): string {
  const major = Number(nodeVersion.split('.')[0]);
  if (major >= BREAKS_BINDING) {
    return `TensorFlow's binding (tfjs-node 4.22) needs Node below ${BREAKS_BINDING}, this is ${nodeVersion}. Use Node 20 or 22.`;
  }
  for (const { sign, explain } of CAUSES) {
    const match = sign.exec(error.message);
    if (match) return explain(match);
  }
  return `${error.message.split('\n')[0]!.replace(/[\s.]*$/, '.')} ${SETUP}`;
}

/**
 * Loads TensorFlow's binding, of the GPU if it is there, and makes it the backend.
 *
 * @param load imports a package; replaced in tests
 * @throws Error that says why neither package could be loaded
 */
export async function loadTensorflow(load: (name: string) => Promise<unknown> = (name) => import(name)): Promise<void> {
  // It asks for its own attention: notes on instruction sets and devices.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  let reason = '';
  for (const name of PACKAGES) {
    try {
      await load(name);
      if (await tf.setBackend('tensorflow')) return;
      reason = `${name} is loaded, but its backend does not start.`;
    } catch (error) {
      // Only the GPU's missing libraries are worth more than what the package that is tried last says.
      const explained = explainTensorflowError(error as Error);
      reason = /CUDA/.test(reason) ? reason : explained;
    }
  }
  throw new Error(reason);
}
