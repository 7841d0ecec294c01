import type { Firewall } from "../waf/firewall.ts";
import { RestApi } from "./rest-api.ts";
import type { GatewayRequest, GatewayResponse, RestApiDefinition, RestApiPorts } from "./types.ts";

/** Serves the current REST API. A changed definition replaces it between two requests. */
export class GatewayHost {
  readonly #ports: RestApiPorts;
  #api: RestApi | undefined;
  #definition: RestApiDefinition | undefined;
  #firewall: Firewall | undefined;

  constructor(ports: RestApiPorts) {
    this.#ports = ports;
  }

  /**
   * Replaces the API.
   * @throws DefinitionError or VtlError for an invalid definition; the current API stays
   */
  serve(definition: RestApiDefinition): void {
    this.#api = new RestApi(definition, this.#ports);
    this.#definition = definition;
  }

  /** Sets the web ACL that evaluates each request before the API does; undefined removes it. */
  protect(firewall: Firewall | undefined): void {
    this.#firewall = firewall;
  }

  /** Values of the API keys, in the order of their declaration. */
  get apiKeys(): readonly string[] {
    return this.#definition?.apiKeys.map(({ value }) => value) ?? [];
  }

  /** ARNs of the functions that authorize callers. */
  get authorizers(): readonly string[] {
    return this.#api?.authorizers ?? [];
  }

  async handle(request: GatewayRequest): Promise<GatewayResponse> {
    if (this.#api) return this.#api.handle(forwarded(request), this.#firewall?.evaluate(request));
    return {
      status: 404,
      headers: { "content-type": "application/json" },
      body: Buffer.from('{"message":"The program declares no API."}'),
    };
  }
}

/** As AWS's edge does, replaces the caller's X-Forwarded-Proto by the protocol in use, here HTTP. */
function forwarded(request: GatewayRequest): GatewayRequest {
  const others = request.headers.filter(([name]) => name.toLowerCase() !== "x-forwarded-proto");
  return { ...request, headers: [...others, ["X-Forwarded-Proto", "http"]] };
}
