import { createHmac } from "node:crypto";
import { CloudWatchClient, paginateDescribeAlarms } from "@aws-sdk/client-cloudwatch";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { HubTarget } from "./hub.ts";
import { keysOf, type StackOutputs } from "./outputs.ts";

interface AwsTargetArgs {
  readonly outputs: StackOutputs & { readonly alarmTopicArn?: string };
  readonly region: string;
  /** Name of the secret by which the payment provider signs. */
  readonly webhookSecret: string;
  readonly sandboxUrl?: string;
  readonly probeUrl?: string;
}

/** A cold start of each function, and backoffs of seconds. */
const PATIENCE_MS = 180_000;
/** An alarm evaluates periods of five minutes. */
const ALARM_PATIENCE_MS = 900_000;

/** A stack on AWS, called with the credentials of the shell. @throws Error where the outputs are incomplete */
export function awsTarget({ outputs, region, webhookSecret, sandboxUrl, probeUrl }: AwsTargetArgs): HubTarget {
  const { apiUrl, flows = [], alarmTopicArn } = outputs;
  if (!apiUrl) throw new Error("The stack has no output apiUrl. Deploy it with npm run up.");
  const url = apiUrl.replace(/\/$/, "");
  const alarms = new CloudWatchClient({ region });
  const secrets = new SecretsManagerClient({ region });
  return {
    url,
    keys: keysOf(outputs),
    flows,
    sandboxUrl,
    probeUrl,
    patienceMs: PATIENCE_MS,
    alarmPatienceMs: ALARM_PATIENCE_MS,
    async notify(body, forged = false) {
      const { SecretString = "{}" } = await secrets.send(new GetSecretValueCommand({ SecretId: webhookSecret }));
      const { current = "" } = JSON.parse(SecretString) as { readonly current?: string };
      const text = JSON.stringify(body);
      const headers = {
        "content-type": "application/json",
        "stripe-signature": signature(text, forged ? `${current}!` : current),
      };
      return fetch(`${url}/hooks/stripe`, { method: "POST", headers, body: text });
    },
    async alarms() {
      const found: { name: string; state: string }[] = [];
      // The stack's alarms are those that notify its topic.
      const pages = paginateDescribeAlarms({ client: alarms }, { ...(alarmTopicArn && { ActionPrefix: alarmTopicArn }) });
      for await (const { MetricAlarms = [] } of pages)
        found.push(...MetricAlarms.map(({ AlarmName = "", StateValue = "" }) => ({ name: AlarmName, state: StateValue })));
      return found;
    },
  };
}

/** https://docs.stripe.com/webhooks#verify-manually */
function signature(body: string, secret: string): string {
  const time = Math.floor(Date.now() / 1_000);
  return `t=${time},v1=${createHmac("sha256", secret).update(`${time}.${body}`).digest("hex")}`;
}
