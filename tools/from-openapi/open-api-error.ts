/** The document, or what is asked of it, can't be turned into an adapter. The message says what to do. */
export class OpenApiError extends Error {
  override readonly name = "OpenApiError";
}
