/** A mistake that the user can correct. The message is one sentence and is printed without a stack; the process exits with status 1. */
export class UserError extends Error {
  override readonly name = "UserError";
}
