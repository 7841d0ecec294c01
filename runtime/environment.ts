import type { TokenSettings } from "./functions/authorizer/tokens.ts";

/** Everything that functions read from the environment; docs/architecture.md, "Environment of a function". */
export interface Environment {
  readonly flow: string;
  readonly graph: string;
  readonly bus: string;
  readonly table: string;
  /** `undefined` when delivery is direct. */
  readonly queueUrl: string | undefined;
  readonly deadLetterUrl: string;
  /** Former names of flow and step, the first one first; `undefined` where both are as they were first called. */
  readonly formerly?: { readonly flow: readonly string[]; readonly step: readonly string[] };
  /** Secret's name in the declaration -> ARN. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly thirdParties: Readonly<Record<string, ThirdPartyAddress>>;
  readonly logLevel: LogLevel;
  /** Of the Lambda function, for its log lines. */
  readonly functionName: string;
}
export interface ThirdPartyAddress {
  readonly baseUrl: string;
  readonly tokenUrl?: string;
}

const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export type StepEnvironment = Environment;
export type IngressEnvironment = Pick<
  Environment,
  "flow" | "graph" | "bus" | "table" | "formerly" | "secrets" | "logLevel" | "functionName"
>;
export type SyncEnvironment = Pick<
  Environment,
  "flow" | "graph" | "bus" | "table" | "secrets" | "thirdParties" | "logLevel" | "functionName"
>;
/** Of the hub's functions that also publish. */
export type HubWriterEnvironment = Pick<Environment, "table" | "bus" | "logLevel" | "functionName">;
export interface OpsEnvironment extends HubWriterEnvironment {
  /** ARNs. */
  readonly archive: string;
  readonly busArn: string;
}
export interface AuthorizerEnvironment extends Pick<Environment, "table" | "secrets" | "logLevel" | "functionName"> {
  /** `undefined` where the stack takes no tokens. */
  readonly jwt: TokenSettings | undefined;
}
export type HubEnvironment = Pick<Environment, "table" | "logLevel" | "functionName">;

const ADDRESSES = 'the adapters\' names and { "baseUrl", "tokenUrl"? }';

type Variables = Readonly<Record<string, string | undefined>>;

/** @throws EnvironmentError that names each variable that is missing or malformed. */
export const stepEnvironment = (variables: Variables = process.env): StepEnvironment =>
  read(variables, ({ text, optional, json, common }) => ({
    ...common(),
    flow: text("HUB_FLOW"),
    graph: text("HUB_GRAPH"),
    bus: text("HUB_BUS"),
    table: text("HUB_TABLE"),
    queueUrl: optional("HUB_QUEUE_URL"),
    deadLetterUrl: text("HUB_DEAD_LETTER_URL"),
    ...formerly(json("HUB_FORMERLY", isTexts, "`flow` and `step` with their former names")),
    secrets: json("HUB_SECRETS", isText, "the secrets' names and their ARNs"),
    thirdParties: json("HUB_THIRD_PARTIES", isAddress, ADDRESSES),
  }));

/** @throws EnvironmentError that names each variable that is missing or malformed. */
export const ingressEnvironment = (variables: Variables = process.env): IngressEnvironment =>
  read(variables, ({ text, json, common }) => ({
    ...common(),
    flow: text("HUB_FLOW"),
    graph: text("HUB_GRAPH"),
    bus: text("HUB_BUS"),
    table: text("HUB_TABLE"),
    ...formerly(json("HUB_FORMERLY", isTexts, "`flow` with its former names")),
    secrets: json("HUB_SECRETS", isText, "the secrets' names and their ARNs"),
  }));

/** @throws EnvironmentError that names each variable that is missing or malformed. */
export const syncEnvironment = (variables: Variables = process.env): SyncEnvironment => ({
  ...ingressEnvironment(variables),
  ...read(variables, ({ json }) => ({
    thirdParties: json("HUB_THIRD_PARTIES", isAddress, ADDRESSES),
  })),
});

/** @throws EnvironmentError that names each variable that is missing or malformed. */
export const hubEnvironment = (variables: Variables = process.env): HubEnvironment =>
  read(variables, ({ text, common }) => ({ ...common(), table: text("HUB_TABLE") }));

/** @throws EnvironmentError that names each variable that is missing or malformed. */
export const hubWriterEnvironment = (variables: Variables = process.env): HubWriterEnvironment =>
  read(variables, ({ text, common }) => ({ ...common(), table: text("HUB_TABLE"), bus: text("HUB_BUS") }));

/** @throws EnvironmentError that names each variable that is missing or malformed. */
export const opsEnvironment = (variables: Variables = process.env): OpsEnvironment =>
  read(variables, ({ text, common }) => ({
    ...common(),
    table: text("HUB_TABLE"),
    bus: text("HUB_BUS"),
    archive: text("HUB_ARCHIVE_ARN"),
    busArn: text("HUB_BUS_ARN"),
  }));

/** @throws EnvironmentError that names each variable that is missing or malformed. */
export const authorizerEnvironment = (variables: Variables = process.env): AuthorizerEnvironment =>
  read(variables, ({ text, optional, json, value, common }) => ({
    ...common(),
    table: text("HUB_TABLE"),
    secrets: json("HUB_SECRETS", isText, "the secrets' names and their ARNs"),
    jwt: optional("HUB_JWT") === undefined ? undefined : value("HUB_JWT", isTokenSettings, "an issuer with its audience"),
  }));

export class EnvironmentError extends Error {
  override readonly name = "EnvironmentError";
}

interface Reader {
  text(name: string): string;
  optional(name: string): string | undefined;
  json<T>(name: string, is: (value: unknown) => value is T, what: string): Record<string, T>;
  value<T>(name: string, is: (value: unknown) => value is T, what: string): T | undefined;
  common(): Pick<Environment, "logLevel" | "functionName">;
}

function read<T>(variables: Variables, make: (reader: Reader) => T): T {
  const problems: string[] = [];
  const optional = (name: string) => variables[name] || undefined;
  const text = (name: string) => {
    const value = optional(name);
    if (value === undefined) problems.push(`${name} is not set`);
    return value ?? "";
  };
  const level = optional("HUB_LOG_LEVEL") ?? "info";
  const environment = make({
    text,
    optional,
    json: (name, is, what) => {
      const value = parse(optional(name) ?? "{}");
      if (isRecordOf(value, is)) return value;
      problems.push(`${name} is not a JSON object of ${what}`);
      return {};
    },
    value: (name, is, what) => {
      const value = parse(optional(name) ?? "");
      if (is(value)) return value;
      problems.push(`${name} is not ${what}`);
      return undefined;
    },
    common: () => {
      if (!isLogLevel(level)) problems.push(`HUB_LOG_LEVEL is "${level}" and none of ${LOG_LEVELS.join(", ")}`);
      return { logLevel: isLogLevel(level) ? level : "info", functionName: optional("AWS_LAMBDA_FUNCTION_NAME") ?? "" };
    },
  });
  if (problems.length > 0) {
    throw new EnvironmentError(
      `${problems.join("; ")}. Deploy the function with the environment that docs/architecture.md lists.`,
    );
  }
  return environment;
}

const formerly = ({ flow = [], step = [] }: Readonly<Record<string, readonly string[]>>) =>
  flow.length + step.length > 0 ? { formerly: { flow, step } } : {};
const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isText);
const isLogLevel = (text: string): text is LogLevel => (LOG_LEVELS as readonly string[]).includes(text);
const isText = (value: unknown): value is string => typeof value === "string";
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isRecordOf = <T>(value: unknown, is: (value: unknown) => value is T): value is Record<string, T> =>
  isRecord(value) && Object.values(value).every(is);
const isTokenSettings = (value: unknown): value is TokenSettings =>
  isRecord(value) &&
  isText(value.issuer) &&
  isTexts(value.audience) &&
  isUrl(value.jwksUri) &&
  isText(value.consumerClaim) &&
  (value.tenantClaim === undefined || isText(value.tenantClaim));
const isAddress = (value: unknown): value is ThirdPartyAddress =>
  isRecord(value) && isUrl(value.baseUrl) && (value.tokenUrl === undefined || isUrl(value.tokenUrl));
const isUrl = (value: unknown) => typeof value === "string" && URL.canParse(value);

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
