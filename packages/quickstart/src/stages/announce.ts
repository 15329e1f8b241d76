/** Says on screen what begins, and the command that does the same alone. */
export function announce(number: number, total: number, title: string, commands: readonly string[]): void {
  const lines = commands.map((command) => `      $ ${command}\n`).join('');
  process.stdout.write(`\n[${number}/${total}] ${title}\n${lines}`);
}
