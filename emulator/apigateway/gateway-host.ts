import type { Firewall } from "../waf/firewall.ts";
import { RestApi } from "./rest-api.ts";
import type { GatewayRequest, GatewayResponse, RestApiDefinition, RestApiPorts } from "./types.ts";

/** Serves the API that the recording has now; a changed one takes the place of the old between two requests. */
export class GatewayHost {
  readonly #ports: RestApiPorts;
  #api: RestApi | undefined;
  #definition: RestApiDefinition | undefined;
  #firewall: Firewall | undefined;

  constructor(ports: RestApiPorts) {
    this.#ports = ports;
  }

  /** @throws DefinitionError or VtlError for an API that can't be served; the old one stays */
  serve(definition: RestApiDefinition): void {
    this.#api = new RestApi(definition, this.#ports);
    this.#definition = definition;
  }

  /** Has a web ACL judge each request before the API sees it; none takes all. */
  protect(firewall: Firewall | undefined): void {
    this.#firewall = firewall;
  }

  /** Keys that callers may use, in the order they are declared. */
  get apiKeys(): readonly string[] {
    return this.#definition?.apiKeys.map(({ value }) => value) ?? [];
  }

  async handle(request: GatewayRequest): Promise<GatewayResponse> {
    if (this.#api) return this.#api.handle(forwarded(request), this.#firewall?.evaluate(request));
    return {
      status: 404,
      headers: { "content-type": "application/json" },
      body: Buffer.from('{"message":"The program makes no API."}'),
    };
  }
}

/** AWS's edge tells the API how the caller came to it, whatever the caller claims; here that is plain HTTP. */
function forwarded(request: GatewayRequest): GatewayRequest {
  const claimed = request.headers.filter(([name]) => name.toLowerCase() !== "x-forwarded-proto");
  return { ...request, headers: [...claimed, ["X-Forwarded-Proto", "http"]] };
}
