import { join } from "node:path";
import { IntegrationFlow, IntegrationHub, loadFlows, readConfig } from "../../../components/index.ts";

// A hub whose one flow has a webhook of each kind.
const config = readConfig();
const hub = new IntegrationHub("hub", config);
for (const flow of await loadFlows(join(import.meta.dirname, "flows"), config)) new IntegrationFlow(flow.name, { hub, flow });
const gateway = hub.openGateway();

export const apiUrl = gateway.url;
export const tableName = hub.table.name;
export const apiKeys = gateway.apiKeys;
