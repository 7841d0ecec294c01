/** An answer that is not what the page asked for; `detail` says why and what to do. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly status: number;
  constructor(status: number, detail: string) {
    super(detail);
    this.status = status;
  }
}
