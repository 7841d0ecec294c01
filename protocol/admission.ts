/** Detail of the answer to a request of a flow that is behind. @param wait seconds */
export const behind = (wait: string): string =>
  `The flow is behind with earlier requests, and this one was not stored. Send it again after ${wait} seconds.`;
