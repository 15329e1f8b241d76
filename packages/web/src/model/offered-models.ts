/** Paths of the models that the server offers; a page without one of them says so. */
export interface ModelUrls {
  readonly reconstruction?: string;
  readonly features?: string;
  readonly trainStep?: string;
  /** What training begins with. */
  readonly initialState?: string;
}

/** `/models/offered.json`: written by the server, read by the page. */
export interface OfferedModels {
  readonly urls: ModelUrls;
  /** Where they come from, one sentence. */
  readonly origin: string;
}

/** Where the page finds it. */
export const OFFERED_PATH = '/models/offered.json';
