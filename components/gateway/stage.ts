/** Name of the API's stage, the first part of a path where the hub has no domain of its own. */
export const STAGE = "v1";
