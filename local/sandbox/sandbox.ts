import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { CallLog } from "./call-log.ts";
import { parseFault } from "./fault.ts";
import { FaultBoard } from "./fault-board.ts";
import { help } from "./help.ts";
import { type Asked, readRequest, send, tryJson } from "./http.ts";
import { play } from "./play.ts";
import { PlayedParty } from "./played-party.ts";
import { sendHandshake, sendWebhook } from "./send-webhook.ts";
import type { Answer, SandboxOptions } from "./types.ts";

export interface Sandbox {
  readonly port: number;
  /** Cuts open connections, hanging calls too. */
  close(): Promise<void>;
}

/**
 * Starts one server on 127.0.0.1 that plays all third parties, each below `/<name>`.
 * @throws Error with code EADDRINUSE when the port is taken; StoreError when the data file can't be used
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { clock, secret, thirdParties, random = Math.random, faultInjection = {} } = options;
  const parties = new Map(thirdParties.map((party) => [party.name, new PlayedParty(party, clock)]));
  const log = new CallLog(options.dataFile);
  const faults = new FaultBoard(clock, random);
  let port = options.port;

  const answer = async (asked: Asked): Promise<Answer | undefined> => {
    const [, first = "", ...rest] = asked.path.split("/");
    const party = parties.get(first);
    if (party) return play(party, asked, `/${rest.join("/")}`, { log, faults, clock, secret, faultInjection });
    if (first === "_webhooks") return webhook(asked, rest);
    const target = asked.query.get("target");
    switch (`${asked.method} ${asked.path}`) {
      case "GET /":
        return {
          status: 200,
          headers: { "content-type": "text/plain" },
          body: help(`http://127.0.0.1:${port}`, [...parties.values()], options),
        };
      case "GET /_calls":
        return {
          status: 200,
          body: log.calls({ target, operation: asked.query.get("operation"), correlationId: asked.query.get("correlationId") }),
        };
      case "DELETE /_calls":
        log.forgetCalls();
        return { status: 204, body: "", headers: { "content-type": "text/plain" } };
      case "GET /_effects": {
        const operations = log.effects(target);
        return { status: 200, body: { count: operations.reduce((sum, { count }) => sum + count, 0), operations } };
      }
      case "GET /_effects/list": {
        const after = asked.query.get("after") ?? "0";
        if (!/^\d{1,15}$/.test(after))
          return {
            status: 400,
            body: { error: "invalid_request", message: 'The parameter "after" is not the id of an effect.' },
          };
        return { status: 200, body: log.listEffects(Number(after)) };
      }
      case "DELETE /_effects":
        log.forgetEffects();
        return { status: 204, body: "", headers: { "content-type": "text/plain" } };
      case "GET /_faults":
        return { status: 200, body: faults.list() };
      case "PUT /_faults":
        return setFault(asked);
    }
    return {
      status: 404,
      body: { error: "not_found", message: `There is no ${asked.method} ${asked.path} here. GET / tells what there is.` },
    };
  };

  const setFault = (asked: Asked): Answer => {
    const json = tryJson(asked.body);
    if (!json) return { status: 400, body: { error: "invalid_fault", problems: ["The body is not JSON."] } };
    const parsed = parseFault(json.value, thirdParties);
    if ("problems" in parsed) return { status: 400, body: { error: "invalid_fault", problems: parsed.problems } };
    faults.set(parsed.fault);
    return { status: 200, body: parsed.fault };
  };

  const webhook = async (asked: Asked, [flow, trigger, more]: readonly string[]): Promise<Answer> => {
    const found = options.webhooks.find((known) => known.flow === flow && known.trigger === trigger);
    if (!found || asked.method !== "POST") {
      const known = options.webhooks.map(({ flow, trigger }) => `POST /_webhooks/${flow}/${trigger}`).join(", ") || "none";
      return { status: 404, body: { error: "not_found", message: `There is no such webhook. Known are: ${known}.` } };
    }
    if (more === "handshake" && found.verify.handshake === "meta") return sendHandshake(found, options);
    if (!tryJson(asked.body)) return { status: 400, body: { error: "invalid_request", message: "The body is not JSON." } };
    return sendWebhook(found, asked, options);
  };

  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const asked = await readRequest(request);
    const answered = asked
      ? await answer(asked)
      : { status: 413, body: { error: "too_large", message: "The body is larger than 10 MB." } };
    if (answered) send(response, answered);
  };
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      send(response, {
        status: 500,
        body: { error: "sandbox_failed", message: error instanceof Error ? error.message : String(error) },
      });
    });
  });
  try {
    await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  } catch (error) {
    log.close();
    throw error;
  }
  port = (server.address() as { port: number }).port;
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          log.close();
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
