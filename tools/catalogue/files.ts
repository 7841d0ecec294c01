/** The folder that `npm run docs` owns: it deletes what it has not written. */
export const CATALOGUE = "docs/catalogue";

/** Files of the catalogue, by their paths in its folder. */
export const eventFile = (flow: string, event: string): string => `events/${flow}.${event}.md`;
export const asyncApiFile = (flow: string): string => `asyncapi/${flow}.yaml`;
