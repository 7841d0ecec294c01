import { at, resourceRule } from "../rule.ts";

/** Resource types that appear in bills and consoles and that support tags. */
const TAGGED = [
  "aws:apigateway/restApi:RestApi",
  "aws:apigateway/stage:Stage",
  "aws:cloudwatch/eventBus:EventBus",
  "aws:cloudwatch/eventRule:EventRule",
  "aws:cloudwatch/logGroup:LogGroup",
  "aws:dynamodb/table:Table",
  "aws:iam/role:Role",
  "aws:lambda/function:Function",
  "aws:secretsmanager/secret:Secret",
  "aws:sqs/queue:Queue",
];
const REQUIRED = ["hub:project", "hub:stack"];

export const tags = [
  resourceRule({
    name: "tags-present",
    description: `A resource has the tags of its project and stack (${REQUIRED.join(", ")}).`,
    fact: "The resource lacks a tag",
    remedy: "Create it in a component that the program tags",
    types: TAGGED,
    broken: (props) => REQUIRED.find((tag) => at(props, "tags", tag) === undefined),
  }),
];
