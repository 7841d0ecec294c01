// A process that does nothing: Node's own share of a cold start.
export const handler = async () => ({ batchItemFailures: [] });
