/**
 * An event that a flow imports opens a request of its own in that flow: a child of the request that published it.
 * @param flow first name of the importing flow: after a rename, a repeated delivery still belongs to the same request
 */
export const childIdOf = (requestId: string, flow: string): string => `${requestId}.${flow}`;

/** @returns the id of the parent if this is a child's, which its form alone does not prove; `undefined` where it can't be one */
export function parentIdOf(requestId: string): string | undefined {
  const end = requestId.lastIndexOf(".");
  return end > 0 ? requestId.slice(0, end) : undefined;
}
