import type { ServerResponse } from "node:http";
import type { LogQuery } from "../../protocol/logs.ts";
import type { Change } from "../shared/api.ts";

/** One call of the console's API. */
interface Call {
  /** Of the route's pattern, in order. */
  readonly parameters: readonly string[];
  readonly query: URLSearchParams;
  /** JSON; `""` for GET. */
  readonly body: string;
}
/** By method and path; `*` in a path is one parameter. Calls by POST need the page's token, since most of them change something. */
export type Routes = Readonly<Record<string, (call: Call) => unknown>>;

export interface Deployed {
  readonly name: string;
  /** Options by which the command line finds it, such as `--stack prod`. */
  readonly options: string;
}

/** Where the pages have their data from: the hub on this machine, or a deployed stack. */
export interface Source {
  /** The deployed stack; `undefined` for the hub on this machine, which shows more. */
  readonly deployed: Deployed | undefined;
  readonly routes: Routes;
  /** The hub's clock, ms since the epoch. */
  now(): number;
  /** Takes over what was written and is not yet shown. */
  flush(): Promise<void>;
  /** Calls back when pages should read again. @returns a function that removes the listener */
  onChange(listener: (change: Change) => void): () => void;
  /** @default the source has no logs */
  readonly streamLogs?: (query: LogQuery, response: ServerResponse) => void;
}
