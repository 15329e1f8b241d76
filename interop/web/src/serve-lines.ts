import { createInterface } from 'node:readline';

/** A request of the orchestrator; see ../README.md, "Protocol". */
export interface ServedRequest {
  readonly id: number;
  readonly model: string;
  readonly runs: readonly { readonly inputs: string; readonly outputs: string }[];
}

/** Answers requests line by line until standard input ends. */
export async function serveLines(version: string, run: (request: ServedRequest) => Promise<void>): Promise<void> {
  const print = (message: object) => process.stdout.write(`${JSON.stringify(message)}\n`);
  print({ version });
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line) as ServedRequest;
    try {
      await run(request);
      print({ id: request.id });
    } catch (error) {
      print({ id: request.id, error: error instanceof Error ? error.message : String(error) });
    }
  }
}
