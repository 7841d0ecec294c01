import { apiGateway } from "./aws/api-gateway.ts";
import { dynamodb } from "./aws/dynamodb.ts";
import { events } from "./aws/events.ts";
import { iam } from "./aws/iam.ts";
import { lambda } from "./aws/lambda.ts";
import { logs } from "./aws/logs.ts";
import { quotas } from "./aws/quotas.ts";
import { secrets } from "./aws/secrets.ts";
import { sns } from "./aws/sns.ts";
import { sqs } from "./aws/sqs.ts";
import { tags } from "./aws/tags.ts";
import { vpc } from "./aws/vpc.ts";
import { waf } from "./aws/waf.ts";

/** Every rule of the pack. Rules are mandatory unless config/<stack>.json makes them advisory or disabled. */
export const policies = [
  ...apiGateway,
  ...dynamodb,
  ...events,
  ...iam,
  ...lambda,
  ...logs,
  ...quotas,
  ...secrets,
  ...sns,
  ...sqs,
  ...tags,
  ...vpc,
  ...waf,
];
