// The same step as a closure that Pulumi serialises: aws.lambda.CallbackFunction, deployed with Pulumi's mocks in place of a cloud.
// Argument: how many functions to make after the first. Prints { cpuMs, index, packages }: the processor time of making those, the code of
// one, and the folder of each package in its archive by its place there.
const aws = require("@pulumi/aws");
const pulumi = require("@pulumi/pulumi");
const { dependencies } = require("../package.json");

const USED = ["@aws-sdk/client-dynamodb", "@aws-sdk/client-eventbridge", "zod"];

/**
 * The clients and the schema are made once an environment. Packages are required inside: Pulumi can't serialise the SDK's functions.
 * https://www.pulumi.com/docs/iac/concepts/functions/function-serialization/
 */
const callbackFactory = () => {
  const { DynamoDBClient, PutItemCommand, UpdateItemCommand } = require("@aws-sdk/client-dynamodb");
  const { EventBridgeClient, PutEventsCommand } = require("@aws-sdk/client-eventbridge");
  const z = require("zod");
  const Order = z.object({
    orderId: z.string().min(1),
    lines: z.array(z.object({ sku: z.string(), quantity: z.int().min(1), unitCents: z.int() })),
  });
  const table = new DynamoDBClient({});
  const bus = new EventBridgeClient({});
  return async ({ Records }) => {
    const batchItemFailures = [];
    for (const { messageId, body } of Records) {
      try {
        const { detail } = JSON.parse(body);
        const key = { pk: { S: `order-${detail.metadata.eventId}` }, sk: { S: "claim" } };
        const condition = { ConditionExpression: "attribute_not_exists(pk)" };
        await table.send(new PutItemCommand({ TableName: "bench", Item: { ...key, status: { S: "begun" } }, ...condition }));
        const { orderId, lines } = Order.parse(detail.data);
        const totalCents = lines.reduce((sum, line) => sum + line.quantity * line.unitCents, 0);
        const Detail = JSON.stringify({
          metadata: { ...detail.metadata, causationId: detail.metadata.eventId },
          data: { orderId, totalCents },
        });
        await bus.send(
          new PutEventsCommand({ Entries: [{ EventBusName: "bench", Source: "bench", DetailType: "OrderPriced", Detail }] }),
        );
        const update = {
          UpdateExpression: "SET #s = :s",
          ExpressionAttributeNames: { "#s": "status" },
          ExpressionAttributeValues: { ":s": { S: "done" } },
        };
        await table.send(new UpdateItemCommand({ TableName: "bench", Key: key, ...update }));
        console.log(
          JSON.stringify({ level: "info", message: "order priced", orderId, correlationId: detail.metadata.correlationId }),
        );
      } catch (error) {
        console.error(JSON.stringify({ level: "error", message: "order not priced", error: String(error) }));
        batchItemFailures.push({ itemIdentifier: messageId });
      }
    }
    return { batchItemFailures };
  };
};

let code;
const made = async () => {
  await pulumi.runtime.setMocks({
    newResource: ({ type, name, inputs }) => {
      if (type === "aws:lambda/function:Function") code = inputs.code;
      return { id: name, state: { ...inputs, arn: `arn:aws:iam::000000000000:role/${name}` } };
    },
    call: ({ inputs }) => inputs,
  });
  const make = (n) =>
    new aws.lambda.CallbackFunction(`price${n}`, {
      callbackFactory,
      role: "arn:aws:iam::000000000000:role/bench",
      // A careful program has no other packages.
      codePathOptions: { extraExcludePackages: Object.keys(dependencies).filter((name) => !USED.includes(name)) },
    });
  // It loads what the others use, too.
  await new Promise((done) => make(0).arn.apply(done));
  const before = process.cpuUsage();
  for (let n = 1; n <= Number(process.argv[2]); n += 1) make(n);
  process.once("beforeExit", async () => {
    const { user, system } = process.cpuUsage(before);
    const packages = {};
    let index = "";
    for (const [place, asset] of Object.entries(await code.assets)) {
      if (asset.text !== undefined) index = await asset.text;
      else packages[place] = await asset.path;
    }
    process.stdout.write(JSON.stringify({ cpuMs: (user + system) / 1_000, index, packages }), () => process.exit(0));
  });
};
made();
