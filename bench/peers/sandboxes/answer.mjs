import { GetItemCommand } from "@aws-sdk/client-dynamodb";

/** What the hub's status function does at least: reads the request and answers with its status, or 404. */
export async function answerOf(client, table, requestId) {
  const { Item } = await client.send(new GetItemCommand({ TableName: table, Key: { requestId: { S: requestId } } }));
  const headers = { "content-type": "application/json" };
  return Item
    ? { statusCode: 200, headers, body: JSON.stringify({ requestId, status: Item.status.S }) }
    : { statusCode: 404, headers, body: JSON.stringify({ message: "No such request." }) };
}
