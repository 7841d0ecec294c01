/** A key as it stands in a JSON pointer. https://www.rfc-editor.org/rfc/rfc6901#section-3 */
export const pointerStep = (key: string): string => key.replaceAll("~", "~0").replaceAll("/", "~1");

/** The key that a step of a JSON pointer stands for. */
export const pointerKey = (step: string): string => step.replaceAll("~1", "/").replaceAll("~0", "~");
