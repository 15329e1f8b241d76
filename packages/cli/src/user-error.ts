/**
 * An error whose cause is what the user gave: commands print its message alone and exit with 2.
 * Any other error is a defect of this project and keeps its stack.
 */
export class UserError extends Error {
  override name = 'UserError';
}
