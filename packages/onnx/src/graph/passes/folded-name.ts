import type { Node, Value } from '../value.ts';

/** What a folded constant comes from. */
export interface Origin {
  /** Names of the parameters. */
  readonly parameters: readonly string[];
  /** Whether it has the elements of the one parameter in the same order. */
  readonly isView: boolean;
}

/** Operators with a weight as second and a bias as third operand. */
const WITH_BIAS = new Set(['Gemm', 'Conv', 'ConvTranspose']);

function biasName(value: Value, reader: Node): string | undefined {
  const [, weight, bias] = reader.inputs;
  if (!WITH_BIAS.has(reader.op) || bias !== value || weight?.source.kind !== 'constant') return undefined;
  return weight.source.name?.endsWith('.weight') ? weight.source.name.replace(/weight$/, 'bias') : undefined;
}

/** `encoder.cls_token` and `encoder.pos_embed` are `encoder.cls_token_pos_embed`. */
function joined(parameters: readonly string[]): string {
  const paths = parameters.map((name) => name.split('.'));
  const [first] = paths as [string[]];
  let shared = 0;
  while (shared < first.length - 1 && paths.every((path) => path.length > shared + 1 && path[shared] === first[shared]))
    shared++;
  const rests = paths.map((path) => path.slice(shared).join('_'));
  return [...first.slice(0, shared), rests.join('_')].join('.');
}

/**
 * The name of a constant that was computed from parameters: the parameter's own where only its shape changed and nothing else has it; a
 * layer's bias where it is one (q_bias and v_bias become `blocks.0.attn.qkv.bias`); else the parameters' names joined. Where the elements
 * are other numbers than a parameter of the same name has, `_folded` says so.
 *
 * @param value the constant
 * @param reader the first node that reads it
 * @param taken names that are not free
 */
export function foldedName(value: Value, origin: Origin, reader: Node, taken: ReadonlySet<string>): string {
  const { parameters, isView } = origin;
  const bias = biasName(value, reader);
  const plain = isView ? parameters[0]! : (bias ?? joined(parameters));
  const isHonest = isView || !parameters.includes(plain);
  let name = isHonest ? plain : `${plain}_folded`;
  for (let count = 1; taken.has(name); count++) name = `${plain}_folded_${count}`;
  return name;
}
