import type { Flow } from "../../model/index.ts";

/** A flow that a hub is given, under the name that its resources get. */
export interface FlowEntry {
  /** Kebab-case, at most 24 characters. */
  readonly name: string;
  readonly flow: Flow;
  /** The default export of the flow's module: the flow, or the function that makes it from `params`. */
  readonly source: Flow | ((params: never) => Flow);
  /** JSON, part of the code of the flow's functions; absent where `source` is the flow. */
  readonly params?: unknown;
}

/**
 * One flow for each set of parameters: `partners.map((params) => flowWith(params.name, partnerFlow, params))`.
 * @param name kebab-case, at most 24 characters; names of the flow's resources start with it
 * @param source the default export of the flow's module
 * @param params JSON, part of the code of the flow's functions
 */
export const flowWith = <Params>(name: string, source: (params: Params) => Flow, params: Params): FlowEntry => ({
  name,
  flow: source(params),
  source,
  params,
});

export const entryOf = (given: Flow | FlowEntry): FlowEntry =>
  "kind" in given ? { name: given.name, flow: given, source: given } : given;
