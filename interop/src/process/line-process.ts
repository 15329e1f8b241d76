import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { killOnExit } from './kill-on-exit.ts';

/** A program that answers requests, one line of JSON each. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** One run of a model: paths of safetensors files, inputs to read, outputs to write. */
export interface RunFiles {
  readonly inputs: string;
  readonly outputs: string;
}

/** What a runtime is asked: to load a model and run it. */
export interface Request {
  readonly model: string;
  readonly runs: readonly RunFiles[];
}

/** A started program. */
export interface LineProcess {
  /** What the program says it runs. */
  readonly version: string;
  /** False once it has ended: start another. */
  alive(): boolean;
  /**
   * Asks and waits for the answer.
   *
   * @throws Error with the program's words when it says that it cannot, when it dies, and when it takes too long: then it is killed
   */
  ask(request: Request, timeoutSeconds: number): Promise<void>;
  /** Ends the program and all that it has started. */
  close(): void;
}

interface Message {
  readonly version?: string;
  readonly id?: number;
  readonly error?: string;
}

/** Lines of the program's standard error that a message quotes. */
const QUOTED_LINES = 5;

interface Waiting {
  resolve(message: Message): void;
  reject(error: Error): void;
}

/**
 * Starts a program that speaks the protocol of interop/README.md: it first says its version, then answers request by request.
 *
 * @throws Error when it cannot be started or does not say its version in time
 */
export async function startLineProcess({ command, args, env }: Program, timeoutSeconds: number): Promise<LineProcess> {
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const kill = killOnExit(child);
  const errors: string[] = [];
  let [waiting, ended]: [Waiting | undefined, string | undefined] = [undefined, undefined];

  const settle = (act: (waiting: Waiting) => void) => {
    const current = waiting;
    waiting = undefined;
    if (current) act(current);
  };
  const end = (reason: string) => {
    ended ??= reason;
    settle(({ reject }) => reject(new Error([ended, ...errors].join('\n'))));
  };
  child.once('error', (error) => end(`"${command}" cannot be started: ${error.message}`));
  child.once('close', (code, signal) => end(`it died with ${signal ?? `exit code ${code}`}`));
  // Writing to a program that has just died: 'close' says so.
  child.stdin.on('error', () => {});
  createInterface({ input: child.stderr }).on('line', (line) => {
    errors.push(line);
    if (errors.length > QUOTED_LINES) errors.shift();
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    settle(({ resolve, reject }) => {
      try {
        resolve(JSON.parse(line) as Message);
      } catch {
        reject(new Error(`it must answer in JSON, got "${line.slice(0, 200)}"`));
        kill();
      }
    });
  });

  const message = (seconds: number) =>
    new Promise<Message>((resolve, reject) => {
      if (ended !== undefined) return reject(new Error([ended, ...errors].join('\n')));
      const timer = setTimeout(() => {
        kill();
        end(`it took more than ${seconds} s and was ended`);
      }, seconds * 1000);
      waiting = {
        resolve(answer) {
          clearTimeout(timer);
          resolve(answer);
        },
        reject(error) {
          clearTimeout(timer);
          reject(error);
        },
      };
    });

  const { version } = await message(timeoutSeconds).catch((error: Error) => {
    kill();
    throw error;
  });
  if (version === undefined) {
    kill();
    throw new Error('it must say its version first');
  }
  let id = 0;
  return {
    version,
    alive: () => ended === undefined,
    async ask(request, seconds) {
      errors.length = 0;
      id++;
      const answer = message(seconds);
      child.stdin.write(`${JSON.stringify({ id, ...request })}\n`);
      const { id: answered, error } = await answer;
      if (error !== undefined) throw new Error(error);
      if (answered !== id) {
        kill();
        end('it must answer each request once');
        throw new Error(`it must answer request ${id}, got ${answered}`);
      }
    },
    close: kill,
  };
}
