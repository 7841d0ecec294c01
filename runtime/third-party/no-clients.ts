import type { clientFactory as ofAdapters } from "./clients.ts";

/** Takes the place of clients.ts in the code of a flow without adapters, none of whose functions calls a third party. */
export const clientFactory: typeof ofAdapters = () => () => ({});
