import { join } from "node:path";
import { IntegrationHub, loadFlows, readConfig, rolesOf } from "./components/index.ts";

const config = readConfig();
const hub = new IntegrationHub("hub", config, { flows: await loadFlows(join(import.meta.dirname, "flows"), config) });
const { gateway, consoleLinks: links } = hub;

export const apiUrl = gateway.url;
/** Target for a DNS record of `hub:domain`, where the hub creates none. */
export const domainTarget = gateway.domainTarget;
/** Consumer -> id of its API key. */
export const apiKeyIds = gateway.apiKeyIds;
/** Consumer -> its API key; `pulumi stack output apiKeys --show-secrets`. */
export const apiKeys = gateway.apiKeys;
const roles = rolesOf(config.operators);
/** Consumers whose keys may use the ops API, admins first; and their roles. */
export const operators = Object.keys(roles);
export const operatorRoles = roles;
/** Region of the stack, where its logs and metrics are. */
export const region = hub.bus.arn.apply((arn) => arn.split(":")[3] ?? "");
export const busName = hub.bus.name;
export const tableName = hub.table.name;
/** Topic that alarms notify. */
export const alarmTopicArn = hub.alarmTopic.arn;
/** Addresses that third parties have to allow calls from. */
export const egressAddresses = hub.egressAddresses;
/** Pages of the AWS console: bus, table, logs, traces, dashboard. */
export const consoleLinks = links;
export const dashboardUrl = links.dashboard;
export const flows = Object.keys(hub.flows);
