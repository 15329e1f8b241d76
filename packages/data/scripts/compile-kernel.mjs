// Compiles assembly/resample.ts (AssemblyScript) into src/image/kernel/resample.wasm.ts, a module with the bytes in it. After a change of the kernel:
//
//   node packages/data/scripts/compile-kernel.mjs
//
// With --check nothing is written: exit code 1 where the bytes are not what the source compiles to.
import { readFileSync, writeFileSync } from 'node:fs';
import { main } from 'assemblyscript/asc';

const SOURCE = new URL('../assembly/resample.ts', import.meta.url);
const MODULE = new URL('../src/image/kernel/resample.wasm.ts', import.meta.url);

let binary;
const { error, stderr } = await main(
  ['kernel.ts', '-O3', '--runtime', 'stub', '--noAssert', '--enable', 'simd', '--outFile', 'kernel.wasm'],
  {
    readFile: (name) => (name === 'kernel.ts' ? readFileSync(SOURCE, 'utf8') : null),
    writeFile: (_, content) => {
      binary = content;
    },
    listFiles: () => [],
  },
);
if (error) throw new Error(`compile-kernel: assembly/resample.ts must compile, got ${stderr}`);

const lines = Buffer.from(binary)
  .toString('base64')
  .match(/.{1,112}/g);
const text = `/** \`assembly/resample.ts\`, compiled by \`scripts/compile-kernel.mjs\`: a WebAssembly module in base64. */
export const RESAMPLE_WASM =
${lines.map((line) => `  '${line}'`).join(' +\n')};
`;
if (!process.argv.includes('--check')) writeFileSync(MODULE, text);
else if (readFileSync(MODULE, 'utf8') !== text) {
  console.error(
    'compile-kernel: src/image/kernel/resample.wasm.ts must be compiled from assembly/resample.ts, got others.',
  );
  process.exitCode = 1;
}
