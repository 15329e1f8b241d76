import { liveConstants, topologicalNodes } from './topology.ts';
import type { Attribute, Graph, Value } from './value.ts';

const typeText = ({ type, shape }: Value) => `${type}[${shape.join(', ')}]`;

function attributeText(attribute: Attribute): string {
  if (attribute.kind === 'tensor') return `tensor[${attribute.value.shape}]`;
  if (attribute.kind === 'graph') return 'graph';
  return JSON.stringify(attribute.value);
}

function constantText({ source }: Value): string {
  if (source.kind !== 'constant') return '';
  if (source.uniform !== undefined) return `${source.uniform}`;
  const head = Array.from(source.data.slice(0, 4), String).join(', ');
  return source.data.length > 4 ? `${head}, …` : head;
}

/** A readable, deterministic listing of a graph: one line an input, constant, node and output; for tests and people. */
export function printGraph(graph: Graph): string {
  const nodes = topologicalNodes(graph);
  const names = new Map<Value, string>();
  const lines: string[] = [];
  for (const value of graph.inputs) {
    names.set(value, value.source.kind === 'input' ? value.source.name : '?');
    lines.push(`input ${names.get(value)}: ${typeText(value)}`);
  }
  liveConstants(graph, nodes).forEach((value, index) => {
    const { source } = value;
    names.set(value, (source.kind === 'constant' && source.name) || `c${index}`);
    lines.push(`${names.get(value)}: ${typeText(value)} = ${constantText(value)}`);
  });
  let count = 0;
  for (const node of nodes) {
    const operands = node.inputs.map((value) => (value ? names.get(value) : '_'));
    const attributes = Object.entries(node.attributes).map(([name, value]) => `${name}=${attributeText(value)}`);
    for (const output of node.outputs) names.set(output, `%${count++}`);
    const results = node.outputs.map((output) => `${names.get(output)}: ${typeText(output)}`);
    const op = node.domain ? `${node.domain}::${node.op}` : node.op;
    lines.push(`${results.join(', ')} = ${op}(${[...operands, ...attributes].join(', ')})`);
  }
  for (const { name, value } of graph.outputs) lines.push(`output ${name} = ${names.get(value)}`);
  return lines.join('\n');
}
