import type { FinetuneConfigInput } from '../config/finetune-config.ts';
import type { PretrainConfigInput } from '../config/pretrain-config.ts';
import type { SegmentationConfigInput } from '../config/segmentation-config.ts';

type PartialData<C extends { data: object }> = Omit<C, 'preset' | 'data'> & { data?: Partial<C['data']> };

/** A named configuration. The data's path always comes from the user, unless the preset names synthetic data. */
export interface Preset {
  name: string;
  /** What is trained, in a line. */
  description: string;
  /** Data and machine that it is meant for. */
  needs: string;
  /** What it reaches, with the source of the number, or that nobody has measured it here. */
  reaches: string;
  config: PartialData<PretrainConfigInput> | PartialData<FinetuneConfigInput> | PartialData<SegmentationConfigInput>;
}
