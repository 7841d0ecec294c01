const DAY = 86_400;

/** How long the state of a request can be read after its last event. */
export const REQUEST_LIFE_SECONDS = 90 * DAY;
/** A message that would wait until less than this is left of its retention is dead-lettered, so that it is never lost. */
export const EXPIRY_MARGIN_SECONDS = 3_600;
/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html, counted from the receive. */
export const LONGEST_HIDE_SECONDS = 43_200;
/** A DynamoDB item holds 400 KB; the rest is for the record's other attributes. */
export const LARGEST_RESULT_BYTES = 350 * 1_024;
/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
export const ENTRIES_PER_CALL = 10;
/** Of all entries of one PutEvents call together; below the 1 MB that AWS allows. */
export const BYTES_PER_CALL = 1_000_000;
/** Quick retries within one call, of the bus or of a third party, end after this. */
export const QUICK_RETRY_MS = 2_000;
/** A wait for the shared rate limit up to this is done inside the call; a longer one in the queue. */
export const LONGEST_IN_CALL_WAIT_MS = 1_000;
/** Secrets are read again after this, so that a rotation needs no deployment. */
export const SECRET_LIFE_MS = 300_000;
/** A secret read less than this ago is not read again because of a bad signature: anyone can send those. */
export const SECRET_FRESH_MS = 30_000;
/** A third party's answer beyond this is refused. */
export const LARGEST_RESPONSE_BYTES = 5 * 1_024 * 1_024;
