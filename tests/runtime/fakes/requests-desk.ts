import { expect } from "chai";
import type { BusEvent } from "../../../model/envelope.ts";
import type { AuditEntry } from "../../../protocol/audit.ts";
import { STATUS_ROUTES } from "../../../protocol/routes.ts";
import { auditKey } from "../../../protocol/table.ts";
import { serveLedger } from "../../../runtime/functions/ledger/serve-ledger.ts";
import { serveStatus } from "../../../runtime/functions/status/serve-status.ts";
import { context, deliver, type FakeDependencies, message } from "./dependencies.ts";

/**
 * Ledger and status on these services, with what operators did.
 * @param first name of the first event, on the bus
 * @param by who asks for the status
 */
export function requestsDesk(
  around: FakeDependencies,
  first: string,
  by: { readonly tenant: string; readonly consumer: string },
) {
  const ledger = serveLedger(() => around.services as never);
  const status = serveStatus(() => around.services as never);
  /** Gives an event to the ledger. */
  const take = async (event: BusEvent) => expect(await deliver(ledger, message(event))).to.deep.equal([]);
  /** First events that were published. */
  const published = () => around.bus.named(first);
  return {
    take,
    published,
    settle: async () => {
      for (const event of published()) await take(event);
    },
    show: async (requestId: string) => {
      const requestContext = { requestId: "x", domainName: "d", stage: "s", authorizer: by };
      const event = { httpMethod: "GET", resource: STATUS_ROUTES.showRequest, headers: {}, pathParameters: { requestId } };
      const shown = (await status(
        { ...event, queryStringParameters: null, body: null, isBase64Encoded: false, requestContext } as never,
        context(),
      )) as { body: string };
      return JSON.parse(shown.body) as Record<string, unknown>;
    },
    entries: () => [...around.table.items.values()].filter(({ pk }) => pk.startsWith(auditKey.prefix)) as unknown as AuditEntry[],
  };
}
