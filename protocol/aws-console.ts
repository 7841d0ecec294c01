/** Partition -> host of its console. https://docs.aws.amazon.com/general/latest/gr/mgmt-console.html */
const HOSTS: Readonly<Record<string, string>> = {
  aws: "console.aws.amazon.com",
  "aws-cn": "console.amazonaws.cn",
  "aws-us-gov": "console.amazonaws-us-gov.com",
};

/**
 * Address of a page of the AWS console.
 * @param arn of a resource in the region and partition of the page
 * @param path service and place, such as `events#/eventbus/hub`
 */
export function awsPage(arn: string, path: string): string {
  const [, partition = "aws", , region = ""] = arn.split(":");
  const [service, place] = path.split("#");
  return `https://${region}.${HOSTS[partition] ?? HOSTS.aws}/${service}/home?region=${region}#${place}`;
}
