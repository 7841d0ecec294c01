import type { AnyAdapter } from "../adapter.ts";
import { secretsOfAdapter } from "../adapter-secrets.ts";
import { isOAuth2 } from "../auth.ts";
import { shownUrl } from "../base-url.ts";
import type { AnyStep, Flow } from "../flow.ts";
import { emittedBy } from "../trigger.ts";
import { type Problem, placeIn, problem } from "./problem.ts";

/** Total size of a Lambda function's environment variables, bytes; can't be raised. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const ENVIRONMENT_BYTES = 4_096;
/** Size of the hub's own variables with the longest names of flow, step, bus and table. */
const OWN_ENVIRONMENT_BYTES = 1_000;
/** The ARN of a secret without its name, and the punctuation around an entry. */
const ARN_BYTES = 120;
/** Characters of a role's inline policies, without white space; can't be raised. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const POLICY_CHARACTERS = 10_240;
/** Size of the statements that every step has. */
const OWN_POLICY_CHARACTERS = 2_500;

/** AWS quotas that can't be raised and that a declaration can exceed. */
export function* checkQuotas(flow: Flow): Iterable<Problem> {
  for (const [name, step] of Object.entries(flow.steps))
    yield* checkFunction({ where: placeIn(flow, `step ${name}`), uses: step.uses, emits: step.emits });
  for (const [name, trigger] of Object.entries(flow.triggers))
    if (trigger.kind === "sync" || trigger.kind === "poll")
      yield* checkFunction({ where: placeIn(flow, `trigger ${name}`), uses: trigger.uses, emits: emittedBy(trigger) });
}

interface LambdaNeeds {
  readonly where: string;
  readonly uses: AnyStep["uses"] | undefined;
  readonly emits: AnyStep["emits"];
}

function* checkFunction({ where, uses = {}, emits }: LambdaNeeds): Iterable<Problem> {
  const adapters = Object.values(uses);
  const environment = OWN_ENVIRONMENT_BYTES + adapters.reduce((sum, adapter) => sum + environmentBytes(adapter), 0);
  if (environment > ENVIRONMENT_BYTES)
    yield problem(
      "QUOTA",
      where,
      `the addresses of its ${adapters.length} third parties take about ${environment} bytes of a function's environment, which holds ${ENVIRONMENT_BYTES}`,
      "Spread the third parties over several steps",
    );
  const names = emits.reduce((sum, { type }) => sum + type.length + 3, 0);
  const policy = OWN_POLICY_CHARACTERS + names + adapters.reduce((sum, adapter) => sum + secretBytes(adapter), 0);
  if (policy > POLICY_CHARACTERS)
    yield problem(
      "QUOTA",
      where,
      `its ${emits.length} events and ${adapters.length} third parties make a policy of about ${policy} characters, and a role holds ${POLICY_CHARACTERS}`,
      "Spread the events over several steps",
    );
}

const secretBytes = (adapter: AnyAdapter): number =>
  [...secretsOfAdapter(adapter).keys()].reduce((sum, secret) => sum + ARN_BYTES + secret.length, 0);

function environmentBytes(adapter: AnyAdapter): number {
  const { name, auth } = adapter;
  const baseUrl = shownUrl(adapter.baseUrl);
  const tokenUrl = isOAuth2(auth) ? new Blob([baseUrl, auth.tokenUrl]).size : 0;
  const secrets = [...secretsOfAdapter(adapter).keys()];
  return new Blob([name, baseUrl, ...secrets]).size + tokenUrl + secretBytes(adapter);
}
