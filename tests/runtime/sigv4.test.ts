import { SignatureV4 } from "@smithy/signature-v4";
import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { Sha256 } from "../../local/sandbox/sha256.ts";
import { signedHeaders } from "../../runtime/sigv4.ts";

const NOW = Date.parse("2026-11-29T12:00:00Z");
const text = fc.string({ unit: "grapheme", maxLength: 12 }).map((some) => some.toWellFormed());

/** AWS's vectors are in third-party/sigv4-vectors.test.ts. */
describe("Signature Version 4", () => {
  it("is that of AWS's own signer, for any path, query, headers, body and service", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("execute-api", "s3", "dynamodb"),
        fc.array(text, { maxLength: 3 }),
        // AWS's signer keeps the query in an object, where this name is lost.
        fc.array(
          fc.tuple(
            text.filter((name) => name !== "__proto__"),
            text,
          ),
          { maxLength: 4 },
        ),
        fc.dictionary(fc.constantFrom("x-a", "x-b", "content-type", "user-agent", "cache-control", "proxy-x"), fc.string()),
        fc.option(fc.oneof(text, fc.uint8Array({ maxLength: 8 })), { nil: undefined }),
        fc.option(fc.constant("token"), { nil: undefined }),
        fc.boolean(),
        async (service, path, query, headers, body, sessionToken, contentHeader) => {
          const url = new URL(`https://x.example.com/${path.map(encodeURIComponent).join("/")}`);
          for (const [name, value] of query) url.searchParams.append(name, value);
          const keys = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret", ...(sessionToken && { sessionToken }) };
          const signer = new SignatureV4({
            ...{ service, region: "eu-west-1", credentials: keys, sha256: Sha256 },
            ...{ uriEscapePath: service !== "s3", applyChecksum: contentHeader },
          });
          const repeated = Object.fromEntries([...url.searchParams.keys()].map((name) => [name, url.searchParams.getAll(name)]));
          const { protocol, hostname, host, pathname } = url;
          const theirs = await signer.sign(
            { method: "PUT", protocol, hostname, path: pathname, query: repeated, headers: { ...headers, host }, body },
            { signingDate: new Date(NOW) },
          );
          const scope = { service, region: "eu-west-1" };
          const ours = signedHeaders({ method: "PUT", url, headers, body }, keys, scope, NOW, contentHeader);
          expect({ ...ours, host }).to.deep.equal({ ...theirs.headers });
        },
      ),
      { numRuns: 300 },
    );
  });
});
