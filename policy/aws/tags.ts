import { at, resourceRule } from "../rule.ts";

/** Kinds that people meet in bills and consoles, and that AWS tags. */
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
    description: `A resource tells in its tags which project and stack it is of (${REQUIRED.join(", ")}).`,
    fact: "The resource lacks a tag",
    remedy: "Make it below a component that the program tags",
    types: TAGGED,
    broken: (props) => REQUIRED.find((tag) => at(props, "tags", tag) === undefined),
  }),
];
