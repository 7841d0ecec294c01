/** A mapping template can't be rendered; API Gateway answers 500 in most of these cases, and so does the local one. */
export class VtlError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "VtlError";
  }
}

/** `$input` met a body that is not JSON: the caller's fault (400), not the template's. */
export class BodyNotJsonError extends Error {
  constructor(reason: string) {
    super(`Could not parse request body into json: ${reason}`);
    this.name = "BodyNotJsonError";
  }
}
