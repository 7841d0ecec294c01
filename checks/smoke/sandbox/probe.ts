/**
 * An API without a function: mock integrations whose templates show what API Gateway hands to a template.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
 */
export const probeBody = (title: string): string =>
  JSON.stringify({
    openapi: "3.0.1",
    info: { title, version: "1" },
    paths: {
      "/path/{value}": {
        get: answered(
          '{"path":"$util.escapeJavaScript($input.params().path.get("value"))","query":"$util.escapeJavaScript($input.params().querystring.get("q"))"}',
        ),
      },
      "/override/once": {
        get: answered('#set($context.responseOverride.status = 409)#set($context.responseOverride.header.X-Probe = "first"){}'),
      },
      "/override/twice": {
        get: answered(
          '#set($context.responseOverride.header.X-Probe = "first")#set($context.responseOverride.header.X-Probe = "second"){}',
        ),
      },
    },
  });

const answered = (template: string) => ({
  responses: { "200": { description: "Shown", headers: { "X-Probe": { schema: { type: "string" } } } } },
  "x-amazon-apigateway-integration": {
    type: "mock",
    passthroughBehavior: "when_no_match",
    requestTemplates: { "application/json": '{"statusCode": 200}' },
    responses: { default: { statusCode: "200", responseTemplates: { "application/json": template } } },
  },
});
