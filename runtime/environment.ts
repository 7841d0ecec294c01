import { type EnvironmentOf, type FunctionKind, readEnvironment } from "../protocol/environment.ts";

/** What a function of this kind reads from its environment (protocol/environment.ts), and its own name, for its log lines. */
export type Environment<K extends FunctionKind = "step"> = EnvironmentOf<K> & { readonly functionName: string };
export type IngressEnvironment = Environment<"webhook">;
export type SyncEnvironment = Environment<"sync">;
export type PollEnvironment = Environment<"poll">;
export type HubEnvironment = Environment<"status">;
export type HubWriterEnvironment = Environment<"hubWriter">;
export type OpsEnvironment = Environment<"ops">;
export type AuthorizerEnvironment = Environment<"authorizer">;

const reader =
  <K extends FunctionKind>(kind: K) =>
  /** @throws EnvironmentError that names each variable that is missing or malformed */
  (variables: Readonly<Record<string, string | undefined>> = process.env): Environment<K> => ({
    ...readEnvironment(kind, variables),
    functionName: variables.AWS_LAMBDA_FUNCTION_NAME ?? "",
  });

export const stepEnvironment = reader("step");
export const ingressEnvironment = reader("webhook");
export const syncEnvironment = reader("sync");
export const pollEnvironment = reader("poll");
export const hubEnvironment = reader("status");
export const hubWriterEnvironment = reader("hubWriter");
export const opsEnvironment = reader("ops");
export const authorizerEnvironment = reader("authorizer");
