import { join } from "node:path";
import { IntegrationHub, loadFlows, readConfig } from "../../../components/index.ts";

// A hub whose one flow has routes with parameters of each kind.
const config = readConfig();
const hub = new IntegrationHub("hub", config, { flows: await loadFlows(join(import.meta.dirname, "flows"), config) });

export const apiUrl = hub.gateway.url;
export const tableName = hub.table.name;
export const apiKeys = hub.gateway.apiKeys;
