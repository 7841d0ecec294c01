// A third party that answers by examples, as one function behind a URL with a random path, and an API that shows what templates get.
import { join } from "node:path";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { buildSync } from "esbuild";
import { HANDLER_FILE } from "../../../protocol/handlers.ts";
import { probeBody } from "./probe.ts";

const name = `hub-sandbox-${pulumi.getStack()}`;
/** JSON of the third parties. */
const parties = new pulumi.Config("sandbox").require("parties");
const key = new random.RandomId("key", { byteLength: 16 }).hex;

const table = new aws.dynamodb.Table("calls", {
  billingMode: "PAY_PER_REQUEST",
  hashKey: "about",
  rangeKey: "at",
  attributes: [
    { name: "about", type: "S" },
    { name: "at", type: "S" },
  ],
});
const role = new aws.iam.Role("role", {
  assumeRolePolicy: JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
  }),
});
const logGroup = new aws.cloudwatch.LogGroup("log", { retentionInDays: 1 });
const policy = new aws.iam.RolePolicy("policy", {
  role: role.name,
  policy: pulumi.jsonStringify({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Action: ["dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"], Resource: table.arn },
      { Effect: "Allow", Action: ["logs:CreateLogStream", "logs:PutLogEvents"], Resource: pulumi.interpolate`${logGroup.arn}:*` },
    ],
  }),
});
const [code] = buildSync({
  entryPoints: [join(import.meta.dirname, "function.ts")],
  bundle: true,
  write: false,
  platform: "node",
  format: "esm",
  // Part of Lambda's Node.js runtimes.
  external: ["@aws-sdk/*"],
}).outputFiles;
const fn = new aws.lambda.Function(
  "function",
  {
    description: "Sandbox of the hub's smoke test",
    role: role.arn,
    runtime: "nodejs24.x",
    architectures: ["arm64"],
    handler: "index.handler",
    code: new pulumi.asset.AssetArchive({
      [HANDLER_FILE]: new pulumi.asset.StringAsset(code?.text ?? ""),
      "parties.json": new pulumi.asset.StringAsset(parties),
    }),
    memorySize: 512,
    timeout: 10,
    environment: { variables: { SANDBOX_TABLE: table.name, SANDBOX_KEY: key } },
    loggingConfig: { logFormat: "Text", logGroup: logGroup.name },
  },
  { dependsOn: [policy] },
);
const address = new aws.lambda.FunctionUrl("url", { functionName: fn.name, authorizationType: "NONE" });
// Since October 2025 a function URL takes both. https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
new aws.lambda.Permission("url-permission", {
  action: "lambda:InvokeFunctionUrl",
  function: fn.name,
  principal: "*",
  functionUrlAuthType: "NONE",
});
new aws.lambda.Permission("call-permission", {
  action: "lambda:InvokeFunction",
  function: fn.name,
  principal: "*",
  invokedViaFunctionUrl: true,
});

const api = new aws.apigateway.RestApi("probe", { body: probeBody(name), endpointConfiguration: { types: "REGIONAL" } });
const deployment = new aws.apigateway.Deployment("deployment", { restApi: api.id, triggers: { body: probeBody(name) } });
const stage = new aws.apigateway.Stage("stage", { restApi: api.id, deployment: deployment.id, stageName: "v1" });

/** Its path is secret: who has it may set faults and read calls. */
export const sandboxUrl = pulumi.secret(pulumi.interpolate`${address.functionUrl}${key}`);
export const probeUrl = stage.invokeUrl;
