/** A mapping template can't be parsed or rendered. As API Gateway does in most of these cases, the gateway responds with 500. */
export class VtlError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "VtlError";
  }
}

/** `$input` reads a body that is not JSON: an error of the caller (400), not of the template. */
export class BodyNotJsonError extends Error {
  constructor(reason: string) {
    super(`Could not parse request body into json: ${reason}`);
    this.name = "BodyNotJsonError";
  }
}
