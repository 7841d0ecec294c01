import { join } from "node:path";
import { IntegrationFlow, IntegrationHub, loadFlows, readConfig, tagged } from "./components/index.ts";

const config = readConfig();
const loaded = await loadFlows(join(import.meta.dirname, "flows"), config);

const hub = new IntegrationHub("hub", config, tagged(config.tags));
for (const flow of loaded) new IntegrationFlow(flow.name, { hub, flow }, tagged(config.tags, flow));
const gateway = hub.openGateway();
/** Pages of the AWS console: bus, table, logs, traces, dashboard. */
export const consoleLinks = hub.openDashboard();

/** The dashboard's page. */
export const dashboardUrl = consoleLinks.dashboard;
export const apiUrl = gateway.url;
/** What a record of `hub:domain` has to point to, where the hub makes none. */
export const domainTarget = gateway.domainTarget;
export const busName = hub.bus.name;
export const tableName = hub.table.name;
/** Consumer -> id of its API key. */
export const apiKeyIds = gateway.apiKeyIds;
/** Consumer -> its API key; `pulumi stack output apiKeys --show-secrets`. */
export const apiKeys = gateway.apiKeys;
/** Consumers whose keys may use the ops API. */
export const operators = config.operators;
/** Topic that alarms go to. */
export const alarmTopicArn = hub.alarmTopic.arn;
/** What third parties that list their callers' addresses have to list. */
export const egressAddresses = hub.egressAddresses;
export const flows = loaded.map(({ name }) => name);
