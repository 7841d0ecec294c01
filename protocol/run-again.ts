/** What the ledger keeps of a request's first event: JSON in the attribute `input` of `inputKey`. */
export interface RequestInput {
  /** Name of the event on the bus. */
  readonly name: string;
  readonly trigger: string;
  /** Version of the payload's schema. */
  readonly version: number;
  readonly data: unknown;
}

/** Schemas of an event that a trigger publishes, written by the deployment. */
export interface EventSchemas {
  /** The version that the flow's code declares. */
  readonly version: number;
  /** JSON Schemas (draft 2020-12) of that version and of each older one that is lifted, by version; `null`: none is declared. */
  readonly schemas: Readonly<Record<string, Readonly<Record<string, unknown>> | null>>;
}

/** Answer of `POST /requests/{requestId}/run-again`. */
export interface RunAgain {
  /** The new request. */
  readonly requestId: string;
  /** The old one's, so that lists show both. */
  readonly correlationId: string;
  /** The old request. */
  readonly repeats: string;
}

/** Answer of `GET /ops/inputs/{requestId}`: the input of a request as another hub can run it. */
export interface ExportedInput extends RequestInput {
  readonly requestId: string;
  readonly correlationId: string;
  readonly flow: string;
  /** JSON pointers (RFC 6901) of the places in `data` where secrets and personal data are `***`. */
  readonly masked: readonly string[];
}
/** With the schema of its event's version; `null`: none is declared. */
export interface InputAnswer {
  readonly input: ExportedInput;
  readonly schema: Readonly<Record<string, unknown>> | null;
}

/** The request of another hub from which an input was exported. */
export interface ExportOf {
  /** Name of the stack, or address of the hub. */
  readonly stack: string;
  readonly requestId: string;
}
/** Form of `ExportOf.stack`. */
export const STACK_TEXT = /^[A-Za-z0-9._:/-]{1,256}$/;

/** Answer of `POST /ops/inputs`. */
export interface RunExport {
  /** The new request. */
  readonly requestId: string;
  /** That of the exported request. */
  readonly correlationId: string;
  readonly exportOf: ExportOf;
}

/** What a call may choose to run a request again once more for the same reason. */
export const RUN_NAME = /^[A-Za-z0-9_-]{1,64}$/;
