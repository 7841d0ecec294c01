/** A value by which a request is found, such as an order's number. */
export interface BusinessKey {
  /** Field of the payload. */
  readonly name: string;
  /** As text; of a personal field, and of more than 128 characters, `sha256:` and a hash (32 hex digits). */
  readonly value: string;
}

/** Values that a request keeps; each one costs a write of the table. */
export const MOST_KEYS_OF_REQUEST = 10;
