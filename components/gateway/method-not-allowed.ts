import { escaped } from "./template-text.ts";

/** All methods that a path does not name. https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-any-method.html */
export const ANY_METHOD = "x-amazon-apigateway-any-method";

/**
 * Content types that wrong calls come with: a mock takes a body only by a template for its content type. Another one gets 415. A call without
 * a content type counts as JSON.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/integration-passthrough-behaviors.html
 */
const CONTENT_TYPES = [
  "application/json",
  "application/x-www-form-urlencoded",
  "application/xml",
  "multipart/form-data",
  "text/plain",
  "text/xml",
];

/**
 * Answers 405 with `Allow` (RFC 9110, section 15.5.6). API Gateway itself answers "Missing Authentication Token" for a path and for a method
 * that it does not have. The mock reaches nothing, so it asks for no credentials.
 * @param methods of the path, in capitals
 */
export function methodNotAllowed(methods: readonly string[]): object {
  const allow = [...methods].sort().join(", ");
  const detail = `This path takes ${listed([...methods].sort())}, and not ${escaped("$context.httpMethod")}.`;
  return {
    summary: "Refuses the methods that the path does not take.",
    tags: ["hub"],
    // API Gateway ignores unknown extensions; the policy pack reads this one.
    "x-hub-authentication": "none",
    responses: {
      "405": {
        description: "The path does not take the method",
        headers: Object.fromEntries(
          ["Allow", "Content-Type", "X-Request-ID"].map((name) => [name, { schema: { type: "string" } }]),
        ),
      },
    },
    "x-amazon-apigateway-integration": {
      type: "mock",
      passthroughBehavior: "never",
      requestTemplates: Object.fromEntries(CONTENT_TYPES.map((type) => [type, '{"statusCode":405}'])),
      responses: {
        default: {
          statusCode: "405",
          responseParameters: {
            "method.response.header.Allow": `'${allow}'`,
            "method.response.header.Content-Type": "'application/problem+json'",
            "method.response.header.X-Request-ID": "context.requestId",
          },
          responseTemplates: {
            "application/json": `{"type":"about:blank","title":"Method Not Allowed","status":405,"detail":"${detail}","requestId":"${escaped("$context.requestId")}"}`,
          },
        },
      },
    },
  };
}

const listed = (words: readonly string[]) =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
