import { sample } from "openapi-sampler";
import { COMPONENTS } from "../../protocol/kinds.ts";
import { pathPattern } from "../../protocol/routes.ts";
import { type Recording, ResourceIndex } from "../recording.ts";

interface Operation {
  readonly parameters?: readonly { readonly in: string; readonly name: string; readonly required?: boolean }[];
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly schema?: object }>> };
}
interface Trigger {
  readonly kind: string;
  readonly route: string;
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
  const triggers = index
    .all(COMPONENTS.flow)
    .flatMap(({ inputs }) => (inputs as { graph?: { triggers: Trigger[] } }).graph?.triggers ?? []);
  const trigger = triggers.find(({ kind }) => kind === "api");
  const body = index.all("aws:apigateway/restApi:RestApi")[0]?.inputs.body;
  if (!trigger || typeof body !== "string") return undefined;
  const [method = "POST", path = "/"] = trigger.route.split(" ");
  const spec = JSON.parse(body) as { readonly paths?: Readonly<Record<string, Readonly<Record<string, Operation>>>> };
  const operation = spec.paths?.[path]?.[method.toLowerCase()];
  const schema = operation?.requestBody?.content?.["application/json"]?.schema;
  const query = (operation?.parameters ?? []).filter((parameter) => parameter.in === "query" && parameter.required);
  const search = query.length > 0 ? `?${query.map(({ name }) => `${encodeURIComponent(name)}=1`).join("&")}` : "";
  return { method, path: pathPattern(path, "1") + search, body: schema ? sample(schema, {}, spec) : {} };
}

/** A curl command for a POSIX shell. */
export function curlLine({ method, path, body }: SampleRequest, url: string, apiKey: string): string {
  const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  return `curl -i -X ${method} ${url}${path} -H ${quote(`x-api-key: ${apiKey}`)} -H 'content-type: application/json' -d ${quote(JSON.stringify(body))}`;
}
