import { dataType } from '../proto/data-types.ts';
import type { FileSparseTensor, FileTensor } from '../proto/file-messages.ts';
import type { OnnxFile } from '../proto/onnx-file.ts';
import { checkTensorData, elementCount, readTensor } from '../proto/read-tensor.ts';
import { MalformedFile } from '../proto/wire-reader.ts';
import type { Findings } from './findings.ts';
import type { ValueType } from './value-type.ts';

/** Constants up to this size are read for shapes that depend on them: targets of reshapes, axes. */
const SMALL = 64;

function smallConstant(file: OnnxFile, tensor: FileTensor): number[] | undefined {
  const name = dataType(tensor.dataType)?.name;
  if (tensor.dims.length > 1 || elementCount(tensor) > SMALL || (name !== 'int64' && name !== 'int32'))
    return undefined;
  return Array.from(readTensor(file.source, tensor).data as ArrayLike<number | bigint>, Number);
}

/** Checks a tensor's type, dimensions and data; what is known of it, whatever is wrong. */
export function checkTensor(file: OnnxFile, tensor: FileTensor, where: string, findings: Findings): ValueType {
  const type = dataType(tensor.dataType);
  const known = { type: type && `tensor(${type.schemaName})`, shape: tensor.dims.map(Number) };
  try {
    checkTensorData(file.source, tensor);
    return { ...known, constant: smallConstant(file, tensor) };
  } catch (error) {
    if (!(error instanceof MalformedFile)) throw error;
    findings.error(where, error.message);
    return known;
  }
}

/** Checks a sparse tensor: values [NNZ], and indices that are positions [NNZ] or coordinates [NNZ, rank]. */
export function checkSparse(file: OnnxFile, sparse: FileSparseTensor, where: string, findings: Findings): ValueType {
  const { values, indices, dims } = sparse;
  if (!values || !indices) {
    findings.error(where, 'it must have values and indices');
    return {};
  }
  const { type } = checkTensor(file, values, `${where}, values`, findings);
  checkTensor(file, indices, `${where}, indices`, findings);
  const [count] = values.dims;
  if (values.dims.length !== 1) findings.error(where, `its values must have one dimension, got ${values.dims.length}`);
  if (dataType(indices.dataType)?.name !== 'int64') findings.error(where, 'its indices must be int64');
  if (
    indices.dims[0] !== count ||
    (indices.dims.length === 2 && indices.dims[1] !== dims.length) ||
    indices.dims.length > 2
  )
    findings.error(where, `its indices must fit ${count} values of rank ${dims.length}, got [${indices.dims}]`);
  return { type, shape: dims.map(Number) };
}
