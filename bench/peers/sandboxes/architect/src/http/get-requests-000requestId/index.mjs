import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { answerOf } from "../../../../answer.mjs";

const { ports } = JSON.parse(process.env.ARC_SANDBOX);
const client = new DynamoDBClient({ endpoint: `http://localhost:${ports.tables}` });

export const handler = ({ pathParameters }) => answerOf(client, "requests-staging-requests", pathParameters.requestId);
