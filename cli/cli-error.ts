/** An expected error: the CLI prints the message and exits with status 1. */
export class CliError extends Error {
  override readonly name = "CliError";
}
