import type { Adversarial, AttackBatch, AttackSettings } from './attack.ts';
import type { FloatClassifier } from './gradient-classifier.ts';
import { isReached, predictedClass } from './objective.ts';

/** A search on one image: proposes what the model is asked next, and is told whether that lowered the objective. */
export interface Search {
  /** Writes the next image to ask about, float32 `[3, H, W]` in [0, 1]. @param query counts from 0 */
  propose(query: number, out: Float32Array): void;
  answer(isLower: boolean): void;
}

/** One image, as searches begin with it. */
export interface SearchSubject {
  /** float32 `[3, H, W]` in [0, 1]. */
  readonly clean: Float32Array;
  readonly height: number;
  readonly width: number;
  /** Index in the data set: with the seed it keys the draws. */
  readonly index: number;
  readonly settings: AttackSettings;
}

/** What a family of searches needs beside its steps. */
export interface SearchMethod {
  /** What is lowered, of one row of logits. */
  objective(logits: Float32Array, row: number, classes: number, label: number): number;
  /** Whether the first proposal is taken whatever the model says of it. */
  readonly startsBlind: boolean;
  begin(subject: SearchSubject): Search;
}

interface Task extends Search {
  readonly row: number;
  readonly image: Float32Array;
  readonly label: number;
  lowest: number;
}

/**
 * Searches all images of a batch side by side, one question each at a time, and each until the model answers as wanted or the queries are
 * used up. Clean images that already do are left as they are; asking about them does not count. An image that ends with a higher objective than
 * the clean one (a blind start can) is given back clean.
 */
export async function searchByQueries(
  model: FloatClassifier,
  { images: clean, shape, indices }: AttackBatch,
  labels: Int32Array,
  settings: AttackSettings,
  method: SearchMethod,
): Promise<Adversarial> {
  const [count, , height, width] = shape;
  const length = clean.length / count;
  const wanted = settings.targeted !== undefined;
  const images = clean.slice();
  const queries = new Int32Array(count);
  const at = (values: Float32Array, i: number) => values.subarray(i * length, (i + 1) * length);
  const judge = (logits: Float32Array, row: number, label: number) => ({
    value: method.objective(logits, row, model.classes, label),
    reached: isReached(predictedClass(logits, row, model.classes), label, wanted),
  });

  const cleanLogits = await model.logits(clean, shape);
  const before = Array.from(labels, (label, i) => judge(cleanLogits, i, label));
  let open = before.flatMap(({ value, reached }, i): Task[] => {
    if (reached) return [];
    const subject = { clean: at(clean, i), height, width, index: indices[i]!, settings };
    const lowest = method.startsBlind ? Number.POSITIVE_INFINITY : value;
    return [{ ...method.begin(subject), row: i, image: at(images, i), label: labels[i]!, lowest }];
  });
  const asked = new Float32Array(open.length * length);
  for (let query = 0; query < settings.queries && open.length > 0; query++) {
    open.forEach((task, k) => {
      task.propose(query, at(asked, k));
    });
    const logits = await model.logits(asked.subarray(0, open.length * length), [open.length, 3, height, width]);
    open = open.filter((task, k) => {
      queries[task.row]!++;
      const { value, reached } = judge(logits, k, task.label);
      const isLower = value < task.lowest;
      task.answer(isLower);
      if (!isLower) return true;
      task.lowest = value;
      task.image.set(at(asked, k));
      return !reached;
    });
  }
  for (const { row, image, lowest } of open) if (lowest > before[row]!.value) image.set(at(clean, row));
  return { images, queries };
}
