import { awsPage } from "../../../protocol/aws-console.ts";
import type { AwsLink } from "../../shared/parts.ts";
import { within } from "../declared.ts";
import type { ShownHub } from "../hub-port.ts";
import { stepComponent } from "../parts.ts";

/** What a resource is called on AWS. */
interface PhysicalPart {
  readonly id: string;
  readonly arn: string;
}
/** By the URN of the resource, which a recording of the program has too. */
export type PhysicalParts = ReadonlyMap<string, PhysicalPart>;

const text = encodeURIComponent;
/** Type of a resource -> what it is, and its place in the AWS console, as the console's own addresses have it (2026-11). */
const PAGES: Readonly<Record<string, readonly [what: string, place: (part: PhysicalPart) => string]>> = {
  "aws:sqs/queue:Queue": ["queue", ({ id }) => `sqs/v3#/queues/${text(id)}`],
  "aws:lambda/function:Function": ["function", ({ id }) => `lambda#/functions/${text(id)}`],
  "aws:cloudwatch/logGroup:LogGroup": [
    "log group",
    ({ id }) => `cloudwatch#logsV2:log-groups/log-group/${text(id).replaceAll("%", "$25")}`,
  ],
  "aws:cloudwatch/eventRule:EventRule": [
    "rule",
    ({ arn }) => `events#/eventbus/${arn.slice(arn.indexOf(":rule/") + ":rule/".length).replace("/", "/rules/")}`,
  ],
  "aws:iam/role:Role": ["role", ({ id }) => `iam#/roles/details/${text(id)}`],
  "aws:cloudwatch/metricAlarm:MetricAlarm": ["alarm", ({ id }) => `cloudwatch#alarmsV2:alarm/${text(id)}`],
  "aws:dynamodb/table:Table": ["table", ({ id }) => `dynamodbv2#table?name=${text(id)}`],
};

/**
 * Pages of the AWS console about a step's parts, the alarms of its flow and the state table.
 * @returns none where the names on AWS are not known; `undefined` for an unknown step
 */
export function awsLinks(
  hub: Pick<ShownHub, "resources"> & { readonly parts: PhysicalParts },
  flow: string,
  step: string,
): readonly AwsLink[] | undefined {
  const component = stepComponent(hub, flow, step);
  if (!component) return undefined;
  const isShared = ({ type }: { readonly type: string }) => type === "aws:dynamodb/table:Table";
  const isAlarm = ({ type }: { readonly type: string }) => type === "aws:cloudwatch/metricAlarm:MetricAlarm";
  const own = within(hub.resources, component.urn);
  const ofFlow = within(hub.resources, component.parent ?? component.urn).filter((one) => isAlarm(one) && !own.includes(one));
  // IAM is in no region: the page has that of the queues.
  const regional = [...hub.parts.values()].find(({ arn }) => (arn.split(":")[3] ?? "") !== "");
  return [...own, ...ofFlow, ...hub.resources.filter(isShared)].flatMap(({ type, urn }) => {
    const [what, place] = PAGES[type] ?? [];
    const part = hub.parts.get(urn);
    if (what === undefined || place === undefined || !part || !regional) return [];
    return [{ what, name: part.id.split("/").at(-1) ?? part.id, url: awsPage(regional.arn, place(part)) }];
  });
}
