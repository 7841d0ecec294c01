/** Told as one sentence; the program ends with status 1. */
export class CliError extends Error {
  override readonly name = "CliError";
}
