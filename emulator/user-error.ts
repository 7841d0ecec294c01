/** Something the user can mend: told as one sentence, without a stack, and the program ends with status 1. */
export class HubError extends Error {
  override readonly name = "HubError";
}
