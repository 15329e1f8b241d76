import { uniformOf } from '../constant.ts';
import { type Rule, rewrite } from '../rewrite.ts';
import { type Graph, type Node, string, type Value } from '../value.ts';

const producer = (value: Value | undefined, op: string): Node | undefined =>
  value?.source.kind === 'node' && value.source.node.op === op && value.source.node.domain === ''
    ? value.source.node
    : undefined;

/** The other operand, where one of two is this number in every element. */
function otherThan(node: Node | undefined, number: number): Value | undefined {
  const [a, b] = node?.inputs ?? [];
  if (!a || !b) return undefined;
  if (uniformOf(b) === number) return a;
  return uniformOf(a) === number ? b : undefined;
}

/** As a float32 constant holds it. */
const HALF_ROOT = Math.fround(Math.SQRT1_2);

/** x, where a node is s · (1 + erf s) / √2 with s = x / √2, as `gelu` writes it, and nothing else reads what lies between. */
function geluOperand(node: Node, uses: (value: Value) => number): Value | undefined {
  const product = otherThan(node, HALF_ROOT);
  const factors = producer(product, 'Mul');
  if (!product || !factors) return undefined;
  for (const [s, sum] of [factors.inputs, [...factors.inputs].reverse()] as [Value, Value][]) {
    const added = otherThan(producer(sum, 'Add'), 1);
    const erf = producer(added, 'Erf');
    const x = otherThan(producer(s, 'Mul'), HALF_ROOT);
    if (!erf || !x || erf.inputs[0] !== s) continue;
    const isOwn = uses(product) === 1 && uses(sum) === 1 && uses(added!) === 1 && uses(s) === 2;
    if (isOwn) return x;
  }
  return undefined;
}

/**
 * Writes the error-function form of GELU as ONNX's Gelu, which operator sets have from 20 on. Where a gradient uses the parts of the form
 * again, it stays.
 */
export function fuseGelu(graph: Graph): Graph {
  const renewed = new Map<Value, Value>();
  const rule: Rule = (node, { g, inputs, uses }) => {
    // Operands in the new graph, for the nodes whose operands the pattern reaches through.
    node.inputs.forEach((old, index) => {
      if (old && inputs[index]) renewed.set(old, inputs[index]);
    });
    if (node.op !== 'Mul' || node.domain !== '') return undefined;
    const x = geluOperand(node, uses);
    if (!x) return undefined;
    return g.add('Gelu', [renewed.get(x) ?? x], node.outputs, { approximate: string('none') });
  };
  return rewrite(graph, rule);
}
