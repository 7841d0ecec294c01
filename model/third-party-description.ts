import type { Auth } from "./auth.ts";
import type { AnyContent, QueryLists } from "./content.ts";
import type { JsonSchema } from "./json-schema.ts";
import type { AnyPages } from "./pages.ts";

/** A third party as plain data: the inputs of its component. The docs and the local sandbox read it. */
export interface ThirdPartyDescription {
  readonly name: string;
  /** Of an address that is a secret, the origin. */
  readonly baseUrl: string;
  /** Name of the secret that holds the address. */
  readonly secretUrl?: string;
  /** Absolute. */
  readonly tokenUrl?: string;
  readonly auth: Auth;
  /** Name of the secret with the client certificate. */
  readonly clientCertificate?: string;
  /** Each secret with the keys that it must have. */
  readonly secrets: Readonly<Record<string, readonly string[]>>;
  readonly timeout: string;
  readonly rateLimit?: { readonly calls: number; readonly per: string };
  readonly operations: readonly OperationDescription[];
}
export interface OperationDescription {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  /** Fixed headers, by names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Header -> key of the secret of `auth`. */
  readonly secretHeaders: Readonly<Record<string, string>>;
  /** Headers of the input: names in lower case that a call must have. */
  readonly requiredHeaders: readonly string[];
  readonly idempotencyHeader: string | null;
  readonly query?: JsonSchema;
  readonly queryLists: QueryLists;
  readonly body?: BodyDescription;
  readonly returns: AnswerDescription;
  /** By status. */
  readonly errors: Readonly<Record<string, AnswerDescription>>;
  readonly pages?: AnyPages;
  readonly example?: unknown;
  /** True where the example is a function, which stands in the code of the flows that use the third party. */
  readonly exampleIsFunction?: true;
}
export interface BodyDescription {
  readonly form: "json" | AnyContent["form"];
  readonly type: string;
  readonly schema: JsonSchema;
  readonly files?: readonly string[];
}
export interface AnswerDescription {
  readonly form: "json" | AnyContent["form"];
  readonly type: string;
  readonly schema: JsonSchema;
  /** Headers that the client returns with the body. */
  readonly headers?: readonly string[];
}
