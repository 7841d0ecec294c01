/** The message has to wait until then; nothing failed, and no attempt is used up. */
export class PostponedError extends Error {
  override readonly name = "PostponedError";
  readonly until: number;
  /** @param until ms since the epoch */
  constructor(message: string, until: number) {
    super(message);
    this.until = until;
  }
}
