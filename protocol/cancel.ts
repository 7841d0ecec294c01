/** Answer of `POST /requests/{requestId}/cancel`. */
export interface Cancelled {
  readonly requestId: string;
  /** The first one, which holds. */
  readonly cancelled: Cancellation;
}

/** Who cancelled a request, when and why. */
export interface Cancellation {
  /** The consumer. */
  readonly by: string;
  /** ISO 8601. */
  readonly at: string;
  readonly why: string;
}
