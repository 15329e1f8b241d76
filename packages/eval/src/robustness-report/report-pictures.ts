import type { PictureRow } from '@mfm/report';

/** A table of example pictures. */
export interface ExampleTable {
  readonly columns: readonly string[];
  readonly rows: readonly PictureRow[];
}

/** Pictures of the report, made when it is written. Data URIs: the document that the numbers come from has none. */
export interface ReportPictures {
  /** An image under each corruption, a column for each severity. */
  readonly corruptions?: ExampleTable;
  /** An image through the filters, a column for each radius. */
  readonly filters?: ExampleTable;
  /** An image in the noise of each band, a column for each strength. */
  readonly bands?: ExampleTable;
  /** Clean and adversarial images with what was added, by model and attack. */
  readonly attacks?: readonly { readonly model: string; readonly attack: string; readonly examples: ExampleTable }[];
}
