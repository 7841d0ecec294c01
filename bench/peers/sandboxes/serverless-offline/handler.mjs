import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { answerOf } from "../answer.mjs";

const client = new DynamoDBClient({});

export const status = ({ pathParameters }) => answerOf(client, process.env.TABLE_NAME, pathParameters.requestId);
