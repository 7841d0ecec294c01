import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Issuer } from "../runtime/functions/authorizer/issuer.ts";

/** A token issuer on a local port; it serves its keys at `/keys`. */
export async function startIssuer() {
  const server = createServer((request, response) => {
    response.statusCode = request.url === "/keys" ? 200 : 404;
    response.setHeader("content-type", "application/jwk-set+json");
    response.end(request.url === "/keys" ? issuer.keySet() : "{}");
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const issuer = new Issuer(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const stop = () =>
    new Promise<void>((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
  return { issuer, stop };
}
