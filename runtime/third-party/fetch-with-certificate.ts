import { Agent, request as httpsRequest } from "node:https";
import { Readable } from "node:stream";
import type { FetchInit, TlsIdentity } from "../ports.ts";

/** Connections are kept per identity, since a rotated certificate needs new ones. */
const agents = new WeakMap<TlsIdentity, Agent>();
/** Statuses of answers without a body. https://fetch.spec.whatwg.org/#null-body-status */
export const WITHOUT_BODY: readonly number[] = [204, 205, 304];

/**
 * `fetch` with a client certificate, which Node's own takes only by undici's Agent (decision 014). Redirects are not followed.
 * @throws TypeError with the network's error as `cause`, as fetch does; the signal's reason when it aborts
 */
export async function fetchWithCertificate(
  url: string,
  { method, headers, signal, body }: FetchInit,
  identity: TlsIdentity,
): Promise<Response> {
  signal.throwIfAborted();
  return new Promise<Response>((resolve, reject) => {
    const fail = (cause: unknown) => reject(signal.aborted ? signal.reason : new TypeError("fetch failed", { cause }));
    const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
    const sent = httpsRequest(
      url,
      // `identity`: Node's fetch would decompress the answer, and this does not.
      { method, headers: { "accept-encoding": "identity", ...headers, ...length }, agent: agentOf(identity), signal },
      (answer) => {
        const status = answer.statusCode ?? 0;
        const pairs = answer.rawHeaders.flatMap((name, i) => (i % 2 === 0 ? [[name, answer.rawHeaders[i + 1] ?? ""]] : []));
        const empty = method === "HEAD" || WITHOUT_BODY.includes(status);
        if (empty) answer.resume();
        resolve(
          new Response(empty ? null : (Readable.toWeb(answer) as ReadableStream<Uint8Array>), {
            status,
            headers: pairs as [string, string][],
          }),
        );
      },
    );
    sent.on("error", fail);
    sent.end(body);
  });
}

function agentOf(identity: TlsIdentity): Agent {
  const known = agents.get(identity);
  if (known) return known;
  const { certificate: cert, privateKey: key, passphrase, ca } = identity;
  const agent = new Agent({
    keepAlive: true,
    cert,
    key,
    ...(passphrase !== undefined && { passphrase }),
    ...(ca !== undefined && { ca }),
  });
  agents.set(identity, agent);
  return agent;
}
