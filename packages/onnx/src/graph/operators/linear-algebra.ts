import type { GraphBuilder } from '../builder.ts';
import { int, staticShape, type Value } from '../value.ts';
import { broadcastShape } from './elementwise.ts';

/** Domain of ONNX Runtime's own operators. */
export const MICROSOFT = 'com.microsoft';

/** Product of two matrices, either transposed: always Gemm, which is 2 to 3 times as fast as FusedMatMul on matrices. */
function gemm(g: GraphBuilder, a: Value, b: Value, transposeA: boolean, transposeB: boolean): Value {
  const [rows, columns] = [a.shape[transposeA ? 1 : 0]!, b.shape[transposeB ? 0 : 1]!];
  const attributes = { transA: int(transposeA ? 1 : 0), transB: int(transposeB ? 1 : 0) };
  return g.add('Gemm', [a, b], [{ type: a.type, shape: [rows, columns] }], attributes)[0]!;
}

/**
 * Matrix product over the last two axes with broadcasting of the others. A batched product with a transposed operand is ONNX
 * Runtime's FusedMatMul; files for other runtimes get a Transpose instead (see legalize).
 */
export function matMul(g: GraphBuilder, a: Value, b: Value, transposeA = false, transposeB = false): Value {
  const [shapeA, shapeB] = [staticShape(a), staticShape(b)];
  if (shapeA.length === 2 && shapeB.length === 2 && a.type === 'float32') return gemm(g, a, b, transposeA, transposeB);
  const rows = shapeA.at(transposeA ? -1 : -2)!;
  const columns = shapeB.at(transposeB ? -2 : -1)!;
  const shape = [...broadcastShape(shapeA.slice(0, -2), shapeB.slice(0, -2)), rows, columns];
  const output = [{ type: a.type, shape }];
  if (!transposeA && !transposeB) return g.add('MatMul', [a, b], output)[0]!;
  const attributes = { transA: int(transposeA ? 1 : 0), transB: int(transposeB ? 1 : 0) };
  return g.add('FusedMatMul', [a, b], output, attributes, MICROSOFT)[0]!;
}
