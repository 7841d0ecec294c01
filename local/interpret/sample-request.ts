import { sample } from "openapi-sampler";
import { COMPONENTS } from "../../protocol/kinds.ts";
import { pathPattern } from "../../protocol/routes.ts";
import { type Recording, ResourceIndex } from "../recording.ts";
import { sampleOf } from "../schema-sample.ts";

interface Operation {
  readonly parameters?: readonly { readonly in: string; readonly name: string; readonly required?: boolean }[];
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly schema?: object }>> };
}
interface Trigger {
  readonly kind: string;
  readonly route: string;
}
/** As the flow's component describes what its routes take. */
interface DeclaredRoute {
  readonly route: string;
  readonly events?: readonly { readonly schema: object }[];
}
/** A request that the first API trigger accepts. */
export interface SampleRequest {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

/** @returns `undefined` when no flow has an API trigger */
export function sampleRequest(recording: Recording): SampleRequest | undefined {
  const index = new ResourceIndex(recording);
  const flows = index.all(COMPONENTS.flow).map(({ inputs }) => inputs as { graph?: { triggers: Trigger[] }; routes?: string });
  const triggers = flows.flatMap(({ graph }) => graph?.triggers ?? []);
  const trigger = triggers.find(({ kind }) => kind === "api");
  const body = index.all("aws:apigateway/restApi:RestApi")[0]?.inputs.body;
  if (!trigger || typeof body !== "string") return undefined;
  const [method = "POST", path = "/"] = trigger.route.split(" ");
  const spec = JSON.parse(body) as { readonly paths?: Readonly<Record<string, Readonly<Record<string, Operation>>>> };
  const operation = spec.paths?.[path]?.[method.toLowerCase()];
  const schema = operation?.requestBody?.content?.["application/json"]?.schema;
  const routes = flows.flatMap((flow) => JSON.parse(flow.routes ?? "[]") as readonly DeclaredRoute[]);
  const declared = routes.find(({ route }) => route === trigger.route)?.events?.[0]?.schema;
  const query = (operation?.parameters ?? []).filter((parameter) => parameter.in === "query" && parameter.required);
  const search = query.length > 0 ? `?${query.map(({ name }) => `${encodeURIComponent(name)}=1`).join("&")}` : "";
  return { method, path: pathPattern(path, "1") + search, body: schema ? bodyOf(sample(schema, {}, spec), declared) : {} };
}

/**
 * The declared schema has the formats that the gateway's model lacks; that model has only the fields that are in the body.
 * @param made a sample of the gateway's model
 */
function bodyOf(made: unknown, declared: object | undefined): unknown {
  if (declared === undefined || typeof made !== "object" || made === null) return made;
  const full = sampleOf(declared) as Readonly<Record<string, unknown>>;
  return Object.fromEntries(Object.entries(made).map(([name, value]) => [name, full[name] ?? value]));
}

/** A curl command for a POSIX shell. */
export function curlLine({ method, path, body }: SampleRequest, url: string, apiKey: string): string {
  const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  return `curl -i -X ${method} ${url}${path} -H ${quote(`x-api-key: ${apiKey}`)} -H 'content-type: application/json' -d ${quote(JSON.stringify(body))}`;
}
