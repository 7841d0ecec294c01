import http from "node:http";
import https from "node:https";

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
}

interface Limits {
  readonly connectMs: number;
  readonly silenceMs: number;
  /** Ends the call whatever arrives. @default none */
  readonly signal?: AbortSignal;
}

/** Fail fast and try again, instead of waiting for a lost packet. Silence: without a byte from the service. */
const LIMITS: Limits = { connectMs: 1_000, silenceMs: 5_000 };
/** Connections are kept between invocations, as the AWS SDK keeps them. */
const agentOptions = { keepAlive: true, maxSockets: 50 };
const agents = new Map<string, http.Agent>();

function agentOf(protocol: string): http.Agent {
  const agent = agents.get(protocol) ?? new (protocol === "http:" ? http : https).Agent(agentOptions);
  agents.set(protocol, agent);
  return agent;
}

/** @throws Error `TimeoutError`, and what Node's HTTP client throws */
export const post = (
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: string,
  { connectMs, silenceMs, signal }: Limits = LIMITS,
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { protocol, host } = url;
    const options = { method: "POST", agent: agentOf(protocol), headers, timeout: silenceMs, ...(signal && { signal }) };
    const request = (protocol === "http:" ? http : https).request(url, options);
    const giveUp = (why: string) => request.destroy(new TimeoutError(`${host} ${why}`));
    request.on("timeout", () => giveUp(`was silent for ${silenceMs} ms`));
    request.on("socket", (socket) => {
      if (!socket.connecting) return;
      const timer = setTimeout(() => giveUp(`took no connection within ${connectMs} ms`), connectMs);
      socket.once("connect", () => clearTimeout(timer)).once("close", () => clearTimeout(timer));
    });
    request.on("error", reject);
    request.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const { statusCode: status = 0, headers } = response;
        resolve({ status, headers, text: Buffer.concat(chunks).toString("utf8") });
      });
    });
    request.end(body);
  });

class TimeoutError extends Error {
  override readonly name = "TimeoutError";
}
