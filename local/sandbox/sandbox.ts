import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { refusalOf } from "../../emulator/local-callers.ts";
import { FAULTS_PATH } from "../../protocol/faults.ts";
import { keptAnswer, RECORDED_PATH, type RecordedAnswer } from "../../protocol/recorded-answer.ts";
import { ActiveFaults } from "./active-faults.ts";
import { answerCall, type Play } from "./answer-call.ts";
import { CallLog } from "./call-log.ts";
import { Examples } from "./examples.ts";
import { parseFault } from "./fault.ts";
import { help } from "./help.ts";
import { readRequest, type SandboxRequest, send, tryJson } from "./http.ts";
import { expiredCertificate } from "./key-material.ts";
import { operationCall, writeBehaviour } from "./play-call.ts";
import { RecordedPlay } from "./recorded-answers.ts";
import { sendHandshake, sendWebhook, UNSIGNED_HANDSHAKES } from "./send-webhook.ts";
import { SimulatedParty } from "./simulated-party.ts";
import { tlsFront } from "./tls-front.ts";
import type { Answer, SandboxOptions } from "./types.ts";

/** Answers of live calls that are kept for `hub record`, by third party. */
const MOST_KEPT = 1_000;

export interface Sandbox {
  readonly port: number;
  /** Closes all connections, also those of calls that hang. */
  close(): Promise<void>;
}

/**
 * Starts a server on 127.0.0.1 that simulates all third parties, each under `/<name>`.
 * @throws Error with code EADDRINUSE when the port is in use; StoreError when the data file can't be opened
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { clock, secret, thirdParties, random = Math.random, faultInjection = {} } = options;
  const parties = new Map(thirdParties.map((party) => [party.name, new SimulatedParty(party, clock)]));
  const log = new CallLog(options.dataFile);
  const faults = new ActiveFaults(clock, random);
  const examples = new Examples();
  const kept = new Map<string, readonly RecordedAnswer[]>();
  const recorded = new Map(
    thirdParties.map((party) => [party.name, new RecordedPlay(party, options.recorded?.(party.name) ?? [])]),
  );
  const play: Play = (party, found, call) => {
    const { operation } = found;
    const known = recorded.get(party)?.play(found, call);
    if (known) return Promise.resolve(known);
    const file = operation.exampleIsFunction && options.codeOf?.(party);
    if (!file) return undefined;
    return examples.play(file, { party, operation: operation.name, call: operationCall(party, found, call, log) }).then(
      (value) => writeBehaviour(operation, value),
      (error: Error) => {
        throw new Error(`the example of ${party}.${operation.name} failed: ${error.message}. Mend the function in its adapter.`);
      },
    );
  };
  let port = options.port;

  const answer = async (request: SandboxRequest): Promise<Answer | undefined> => {
    const [, first = "", ...rest] = request.path.split("/");
    const party = parties.get(first);
    if (party) return answerCall(party, request, `/${rest.join("/")}`, { log, faults, clock, secret, faultInjection, play });
    if (first === "_webhooks") return webhook(request, rest);
    const target = request.query.get("target");
    switch (`${request.method} ${request.path}`) {
      case "GET /":
        return {
          status: 200,
          headers: { "content-type": "text/plain" },
          body: help(`http://127.0.0.1:${port}`, [...parties.values()], options),
        };
      case "GET /_calls":
        return {
          status: 200,
          body: log.calls({
            target,
            operation: request.query.get("operation"),
            correlationId: request.query.get("correlationId"),
          }),
        };
      case "DELETE /_calls":
        log.deleteCalls();
        return { status: 204, body: "", headers: { "content-type": "text/plain" } };
      case "GET /_effects": {
        const operations = log.effects(target);
        return { status: 200, body: { count: operations.reduce((sum, { count }) => sum + count, 0), operations } };
      }
      case "GET /_effects/list": {
        const after = request.query.get("after") ?? "0";
        if (!/^\d{1,15}$/.test(after))
          return {
            status: 400,
            body: {
              error: "invalid_request",
              message: 'The parameter "after" is not the id of an effect. Use an integer from 0.',
            },
          };
        return { status: 200, body: log.listEffects(Number(after)) };
      }
      case `POST ${RECORDED_PATH}`:
        return keep(tryJson(request.body)?.value);
      case `GET ${RECORDED_PATH}`:
        return { status: 200, body: kept.get(target ?? "") ?? [] };
      case "DELETE /_effects":
        log.deleteEffects();
        return { status: 204, body: "", headers: { "content-type": "text/plain" } };
      case `GET ${FAULTS_PATH}`:
        return { status: 200, body: faults.list() };
      case `PUT ${FAULTS_PATH}`:
        return setFault(request);
    }
    return {
      status: 404,
      body: { error: "not_found", message: `The sandbox has no ${request.method} ${request.path}. GET / lists its routes.` },
    };
  };

  const keep = (value: unknown): Answer => {
    const given = keptAnswer.safeParse(value);
    if (!given.success) return { status: 400, body: { error: "invalid_request", message: "The body is no recorded answer." } };
    const { party, answer } = given.data;
    kept.set(party, [...(kept.get(party) ?? []), answer].slice(-MOST_KEPT));
    return { status: 202, body: {} };
  };

  const setFault = (request: SandboxRequest): Answer => {
    const json = tryJson(request.body);
    if (!json) return { status: 400, body: { error: "invalid_fault", problems: ["The body is not JSON."] } };
    const parsed = parseFault(json.value, thirdParties);
    if ("problems" in parsed) return { status: 400, body: { error: "invalid_fault", problems: parsed.problems } };
    faults.set(parsed.fault);
    front.closeIdleSecured();
    return { status: 200, body: parsed.fault };
  };

  const webhook = async (request: SandboxRequest, [flow, trigger, more]: readonly string[]): Promise<Answer> => {
    const found = options.webhooks.find((known) => known.flow === flow && known.trigger === trigger);
    if (!found || request.method !== "POST") {
      const known = options.webhooks.map(({ flow, trigger }) => `POST /_webhooks/${flow}/${trigger}`).join(", ") || "none";
      return { status: 404, body: { error: "not_found", message: `Unknown webhook. Use one of: ${known}.` } };
    }
    if (more === "handshake" && UNSIGNED_HANDSHAKES.includes(found.verify.handshake)) return sendHandshake(found, options);
    if (!tryJson(request.body)) return { status: 400, body: { error: "invalid_request", message: "The body is not JSON." } };
    return sendWebhook(found, request, options);
  };

  const serve = async (message: IncomingMessage, response: ServerResponse) => {
    const refusal = refusalOf(message.headers, options.allowedHosts);
    if (refusal !== undefined) return send(response, { status: 403, body: { error: "forbidden", message: refusal } });
    const request = await readRequest(message);
    const result = request
      ? await answer(request)
      : { status: 413, body: { error: "too_large", message: "The body is larger than 10 MB." } };
    if (result) send(response, result);
  };
  const server = createServer((message, response) => {
    serve(message, response).catch((error: unknown) => {
      send(response, {
        status: 500,
        body: { error: "sandbox_failed", message: error instanceof Error ? error.message : String(error) },
      });
    });
  });
  const front = tlsFront(server, async () => {
    const values = thirdParties.map(({ clientCertificate }) =>
      clientCertificate === undefined ? undefined : secret(clientCertificate),
    );
    const { certificate, privateKey } = values.find((value) => value?.certificate && value.privateKey) ?? {};
    if (certificate === undefined || privateKey === undefined) return undefined;
    // Which third party is called is known after the handshake alone.
    const expired = thirdParties.filter(({ name }) => faults.takeConnection(name)).length > 0;
    return expired ? expiredCertificate({ certificate, privateKey }) : { certificate, privateKey };
  });
  try {
    await new Promise<void>((resolve, reject) => front.once("error", reject).listen(port, "127.0.0.1", resolve));
  } catch (error) {
    log.close();
    throw error;
  }
  port = (front.address() as { port: number }).port;
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        front.close(() => {
          log.close();
          examples.close().finally(resolve);
        });
        front.closeAllConnections();
      }),
  };
}
