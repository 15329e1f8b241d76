import { readFileSync } from 'node:fs';

/** A formal input or output of an operator. */
export interface Parameter {
  readonly name: string;
  readonly option: 'single' | 'optional' | 'variadic';
  /** All that a variadic one takes have one type. */
  readonly homogeneous: boolean;
  /** A type, `tensor(int64)`, or a type variable. */
  readonly type: string;
}

/** An operator as one version of its operator set defines it. */
export interface OperatorSchema {
  readonly since: number;
  readonly deprecated: boolean;
  readonly inputs: readonly Parameter[];
  readonly outputs: readonly Parameter[];
  readonly inputCount: readonly [least: number, most: number];
  readonly outputCount: readonly [least: number, most: number];
  /** Kind of each attribute (`int`, `floats`, `graph` …), and whether it must be there. */
  readonly attributes: ReadonlyMap<string, { readonly kind: string; readonly required: boolean }>;
  /** Types that each type variable may stand for. */
  readonly variables: ReadonlyMap<string, ReadonlySet<string>>;
}

interface Table {
  /** Versions of each operator, oldest first, by domain and name. */
  readonly schemas: ReadonlyMap<string, readonly OperatorSchema[]>;
  /** The newest operator set of each domain. */
  readonly newest: ReadonlyMap<string, number>;
}

const words = (text: string): string[] => text.split(' ').filter((word) => word !== '');

function parseParameters(text: string): { count: [number, number]; parameters: Parameter[] } {
  const [range = '', ...rest] = words(text);
  const [least, most] = range.split('..').map((n) => (n === 'inf' ? Number.POSITIVE_INFINITY : Number(n)));
  const parameters = rest.map((word): Parameter => {
    const [, name = '', option, loose, type = ''] = /^([^?*~:]*)([?*]?)(~?):(.*)$/.exec(word) ?? [];
    return {
      name,
      option: option === '?' ? 'optional' : option === '*' ? 'variadic' : 'single',
      homogeneous: loose === '',
      type,
    };
  });
  return { count: [least!, most!], parameters };
}

function parseTable(text: string): Table {
  const sets: ReadonlySet<string>[] = [];
  const schemas = new Map<string, OperatorSchema[]>();
  const newest = new Map<string, number>();
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    if (line.startsWith('set ')) {
      sets.push(new Set(words(line.slice(line.indexOf('=') + 1))));
      continue;
    }
    const [head = '', inputs = '', outputs = '', attributes = '', variables = ''] = line.split('|');
    const [name = '', since, deprecated] = words(head);
    const domain = name.includes('::') ? name.split('::')[0]! : '';
    const [{ count: inputCount, parameters: ins }, { count: outputCount, parameters: outs }] = [
      parseParameters(inputs),
      parseParameters(outputs),
    ];
    const schema: OperatorSchema = {
      since: Number(since),
      deprecated: deprecated !== undefined,
      inputs: ins,
      outputs: outs,
      inputCount,
      outputCount,
      attributes: new Map(
        words(attributes).map((word) => {
          const [key = '', kind = ''] = word.split('=');
          return [key, { kind: kind.replace('!', ''), required: kind.endsWith('!') }];
        }),
      ),
      variables: new Map(words(variables).map((word) => [word.split('=')[0]!, sets[Number(word.split('=')[1])]!])),
    };
    const versions = schemas.get(name);
    if (versions) versions.push(schema);
    else schemas.set(name, [schema]);
    newest.set(domain, Math.max(newest.get(domain) ?? 0, schema.since));
  }
  return { schemas, newest };
}

let table: Table | undefined;

/** The table of operators: read when it is first wanted. */
function operatorTable(): Table {
  table ??= parseTable(readFileSync(new URL('../../proto/operators.txt', import.meta.url), 'utf8'));
  return table;
}

/** `ai.onnx` and nothing are two names of the standard domain. */
export const domainKey = (domain: string | undefined): string => (domain === 'ai.onnx' ? '' : (domain ?? ''));

/** The newest version of a domain's operator set that is known here; undefined for a domain that is not. */
export const newestOpset = (domain: string): number | undefined => operatorTable().newest.get(domain);

/** An operator as an operator set has it; undefined when it does not. */
export function findSchema(domain: string, name: string, opset: number): OperatorSchema | undefined {
  const versions = operatorTable().schemas.get(domain === '' ? name : `${domain}::${name}`);
  return versions?.findLast(({ since }) => since <= opset);
}
