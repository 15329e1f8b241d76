import { UserError } from '@mfm/cli';
import { readSafetensors, writeSafetensors } from '@mfm/models';
import type { LinearClassifier } from './linear-classifier.ts';

const FORMAT = 'mfm-linear-probe';

/** A fitted probe with what it belongs to. */
export interface SavedProbe {
  readonly classifier: LinearClassifier;
  /** Class names, in the order of the logits. */
  readonly classes: readonly string[];
  /** Name of the model's output that it reads. */
  readonly feature: string;
  /** SHA-256 of the ONNX file whose features it was fitted on. */
  readonly modelHash: string;
  readonly weightDecay: number;
}

/** Writes a probe as safetensors: `weight` `[classes, dim]`, `bias` `[classes]`, PyTorch's layout of a Linear layer; atomically. */
export async function writeProbe(path: string, probe: SavedProbe): Promise<void> {
  const { weight, bias, classCount, dim } = probe.classifier;
  await writeSafetensors(
    path,
    {
      weight: { shape: [classCount, dim], data: Float32Array.from(weight) },
      bias: { shape: [classCount], data: Float32Array.from(bias) },
    },
    {
      format: FORMAT,
      classes: JSON.stringify(probe.classes),
      feature: probe.feature,
      model_sha256: probe.modelHash,
      weight_decay: JSON.stringify(probe.weightDecay),
    },
  );
}

/** Reads a probe back; @throws UserError for a file that is missing, broken or something else */
export async function readProbe(path: string): Promise<SavedProbe> {
  const { tensors, metadata } = await readSafetensors(path);
  const { weight, bias } = tensors;
  const [classCount, dim] = weight?.shape ?? [];
  const isFloat = weight?.data instanceof Float32Array && bias?.data instanceof Float32Array;
  if (metadata.format !== FORMAT || !isFloat || !classCount || !dim || bias.data.length !== classCount) {
    throw new UserError(
      `readProbe: "${path}" must be a probe saved by "pnpm eval linear --save-probe", got a file of format "${metadata.format ?? 'unknown'}".`,
    );
  }
  return {
    classifier: { weight: Float64Array.from(weight.data), bias: Float64Array.from(bias.data), classCount, dim },
    classes: parseClasses(metadata.classes),
    feature: metadata.feature ?? 'mean_pooled',
    modelHash: metadata.model_sha256 ?? '',
    weightDecay: Number(metadata.weight_decay),
  };
}

/** Class names; a damaged list fits no data set, and is reported as such. */
function parseClasses(text = '[]'): string[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.map(String) : [];
  } catch {
    return [];
  }
}
