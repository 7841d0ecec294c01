import { readFile } from "node:fs/promises";
import { expect } from "chai";
import { describe, it } from "mocha";
import { sigV4Signer } from "../../../runtime/third-party/sign.ts";

interface Scope {
  readonly region: string;
  readonly service: string;
  readonly timestamp: string;
}
interface Suite extends Scope {
  readonly source: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly vectors: readonly Vector[];
}
interface Vector extends Partial<Scope> {
  readonly name: string;
  readonly signBody: boolean;
  readonly token?: string;
  /** As sent over HTTP. */
  readonly request: string;
  /** The value of `Authorization`. */
  readonly signed: string;
}

const suite = JSON.parse(await readFile(new URL("sigv4-vectors.json", import.meta.url), "utf8")) as Suite;

/**
 * AWS's own test vectors. Left out are those that no URL carries (a path with a space or in UTF-8), paths that are signed without
 * normalisation (S3's rule, and `URL` normalises them), and headers that occur twice or span lines, which an adapter can't declare.
 */
describe("third party / AWS's test vectors of Signature Version 4", () => {
  for (const vector of suite.vectors)
    it(vector.name, async () => {
      const { request, signBody, token, signed, service, region, timestamp } = { ...suite, ...vector };
      const sign = sigV4Signer(
        { kind: "aws-sigv4", secret: "x/k", service, region },
        {
          accessKeyId: suite.accessKeyId,
          secretAccessKey: suite.secretAccessKey,
          ...(token !== undefined && { sessionToken: token }),
        },
        signBody,
      );
      const { headers } = await sign(parsed(request), Date.parse(timestamp));
      expect(headers.authorization).to.equal(signed);
    });
});

/** A request as the hub makes it: the host is in the URL, the names of headers are in lower case. */
function parsed(text: string) {
  const [head = "", body] = text.split(/\r?\n\r?\n/);
  const [line = "", ...lines] = head.split(/\r?\n/);
  const [, method = "", target = ""] = /^(\S+) (.+) HTTP\/1\.1$/.exec(line) ?? [];
  const headers = Object.fromEntries(
    lines
      .filter((header) => header !== "")
      .map((header) => {
        const [name = "", ...value] = header.split(":");
        return [name.toLowerCase(), value.join(":")];
      }),
  );
  const { host = "", ...others } = headers;
  return { method, url: new URL(target, `https://${host}`).href, headers: others, body: body === "" ? undefined : body };
}
