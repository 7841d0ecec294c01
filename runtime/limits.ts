const DAY = 86_400;

/** How long the state of a request can be read after its last event. */
export const REQUEST_LIFE_SECONDS = 90 * DAY;

/** How long a closed dead letter is kept, and what operators noted or ordered about several. */
export const CLOSED_LIFE_SECONDS = 90 * DAY;

/** What operators ask of all functions takes effect within this: each container reads it so often. */
export const FRESH_MS = 5_000;
/** A message is dead-lettered when less than this would be left of its retention after a wait, so that it is never lost. */
export const EXPIRY_MARGIN_SECONDS = 3_600;
/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html, counted from the receive. */
export const LONGEST_HIDE_SECONDS = 43_200;
/** @returns true where the texts have at most `limit` bytes together. UTF-8 has three for a unit of UTF-16 at most, so that few are measured. */
export const fits = (texts: readonly string[], limit: number): boolean =>
  texts.reduce((sum, { length }) => sum + 3 * length, 0) <= limit ||
  texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) <= limit;

/** A DynamoDB item holds 400 KB; the rest is reserved for the record's other attributes. Bounds one event, and a compensation's input. */
export const LARGEST_KEPT_BYTES = 350 * 1_024;
/** All events of a counted join, with their envelopes: a function of 256 MB holds them several times over, as text, objects and the handler's copy. */
export const LARGEST_COUNTED_BYTES = 6 * 1_024 * 1_024;
/** All events that one run of a handler returns, stored in pieces: some 10,000 of 1 KB. A function holds and publishes them at once. */
export const LARGEST_RESULT_BYTES = 10 * 1_024 * 1_024;
/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
export const ENTRIES_PER_CALL = 10;
/** Total of the entries of one PutEvents call; below AWS's limit of 1 MB. */
export const BYTES_PER_CALL = 1_000_000;
/** Quick retries within one call, of the bus or of a third party, end after this. */
export const QUICK_RETRY_MS = 2_000;
/** Longest wait for the shared rate limit inside a call; for a longer one the message goes back to its queue. */
export const LONGEST_IN_CALL_WAIT_MS = 1_000;
/** The same for a message that has come back at the time reserved for it, when others come a little late. */
export const LONGEST_SLOT_WAIT_MS = 5_000;
/** A caller waits this long for a request that is unknown: it may not be in the ledger yet, and an id that was made up must hold no function. */
export const LONGEST_WAIT_FOR_UNKNOWN_MS = 5_000;
/** Secrets are cached this long. A rotation needs no deployment. */
export const SECRET_LIFE_MS = 300_000;
/** A bad signature does not cause a secret younger than this to be read again: anyone can send bad signatures. */
export const SECRET_FRESH_MS = 30_000;
/** A larger answer of a third party is refused. */
export const LARGEST_RESPONSE_BYTES = 5 * 1_024 * 1_024;
