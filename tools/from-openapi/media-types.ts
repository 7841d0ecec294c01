import type { Json } from "./document.ts";

export const isJsonType = (type: string): boolean => /^application\/(json|[\w.+-]+\+json)(;|$)/i.test(type);

/** What the hub writes and reads best comes first. */
const RANKS: readonly ((type: string) => boolean)[] = [
  (type) => type.toLowerCase() === "application/json",
  isJsonType,
  (type) => type === "application/x-www-form-urlencoded",
  (type) => type === "multipart/form-data",
  (type) => type.startsWith("text/") && !type.endsWith("xml"),
  (type) => /[/+]xml$/.test(type),
  () => true,
];

/** @returns the content types of a body, the best one first */
export const orderedTypes = (content: Json): readonly string[] =>
  Object.keys(content).sort((a, b) => RANKS.findIndex((fits) => fits(a)) - RANKS.findIndex((fits) => fits(b)));
