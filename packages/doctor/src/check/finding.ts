/** `ok` works; `absent` is optional and not there; `broken` is needed, or there but does not work. */
export type Status = 'ok' | 'absent' | 'broken';

/** What a check found. */
export interface Finding {
  /** Subject, a few words. */
  readonly name: string;
  readonly status: Status;
  /** What is there: version, path, figure; or what is wrong. */
  readonly detail: string;
  /** What to do, where something can be done. */
  readonly advice?: string;
}

/** A row of the table of checks: looks at one subject. */
export type Check = () => Finding[] | Promise<Finding[]>;
