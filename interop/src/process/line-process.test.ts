import { afterEach, describe, expect, it } from '@jest/globals';
import { type LineProcess, startLineProcess } from './line-process.ts';

/** A program that answers each line by what an expression of `request` prints. */
const program = (answer: string, first = '{"version":"fake 1"}') => ({
  command: process.execPath,
  args: [
    '-e',
    `console.log('${first}');
     require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
       const request = JSON.parse(line);
       ${answer}
     });`,
  ],
});

const request = { model: 'm.onnx', runs: [] };
let child: LineProcess | undefined;
afterEach(() => child?.close());

describe('startLineProcess', () => {
  it('gives the version and one answer after another', async () => {
    child = await startLineProcess(program('console.log(JSON.stringify({ id: request.id }))'), 20);
    expect(child.version).toBe('fake 1');
    await child.ask(request, 20);
    await child.ask(request, 20);
    expect(child.alive()).toBe(true);
  });

  it("throws the program's own error and goes on", async () => {
    child = await startLineProcess(
      program('console.log(JSON.stringify({ id: request.id, error: request.model }))'),
      20,
    );
    await expect(child.ask(request, 20)).rejects.toThrow('m.onnx');
    await expect(child.ask({ ...request, model: 'n.onnx' }, 20)).rejects.toThrow('n.onnx');
  });

  it('tells that the program died, and its last words', async () => {
    child = await startLineProcess(program("console.error('out of memory'); process.exit(3)"), 20);
    await expect(child.ask(request, 20)).rejects.toThrow(/it died with exit code 3\nout of memory/);
    expect(child.alive()).toBe(false);
    await expect(child.ask(request, 20)).rejects.toThrow('it died');
  });

  it('ends a program that does not answer', async () => {
    child = await startLineProcess(program(''), 20);
    await expect(child.ask(request, 0.2)).rejects.toThrow('it took more than 0.2 s and was ended');
    expect(child.alive()).toBe(false);
  });

  it('does not take noise for an answer', async () => {
    child = await startLineProcess(program("console.log('hello')"), 20);
    await expect(child.ask(request, 20)).rejects.toThrow('it must answer in JSON, got "hello"');
  });

  it('says when a program cannot be started, or is another one', async () => {
    await expect(startLineProcess({ command: '/nowhere/tract', args: [] }, 20)).rejects.toThrow('cannot be started');
    await expect(startLineProcess(program('', '{}'), 20)).rejects.toThrow('it must say its version first');
  });
});
