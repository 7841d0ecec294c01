import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import type { Connection } from "../../cli/connection.ts";
import { exportRequests, runExported } from "../../cli/exports.ts";
import type { ExportFile } from "../../console/shared/export-file.ts";

const inputOf = (requestId: string, data: object = { email: "***" }) => ({
  ...{ requestId, correlationId: "c", flow: "f", trigger: "t", name: "Placed", version: 1 },
  data,
  masked: ["/email"],
});
const schema = { type: "object", properties: { email: { type: "string", format: "email" } } };

describe("cli / exports", () => {
  let server: Server;
  let folder: string;
  let hub: Connection;
  let bodies: { readonly input: { readonly requestId: string; readonly data: unknown }; readonly name?: string }[];
  let exitCode: typeof process.exitCode;
  beforeEach(async () => {
    exitCode = process.exitCode;
    bodies = [];
    folder = mkdtempSync(join(tmpdir(), "cli-exports-"));
    server = createServer(async (request, response) => {
      const [path = "", query = ""] = (request.url ?? "").split("?");
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const answer = (status: number, body: object) => response.writeHead(status).end(JSON.stringify(body));
      if (path === "/requests") {
        const requests = ["r-1", "r-2"].map((requestId) => ({ requestId, createdAt: requestId, status: "failed" }));
        return answer(200, { requests: query.includes("status=failed") ? requests : [] });
      }
      if (request.method === "GET") {
        const id = path.slice("/ops/inputs/".length);
        return id.startsWith("r-")
          ? answer(200, { input: inputOf(id), schema })
          : answer(409, { detail: `${id} is not stored.` });
      }
      const body = JSON.parse(Buffer.concat(chunks).toString());
      if (body.input.data.email === "***") return answer(409, { detail: "It does not fit." });
      bodies.push(body);
      const { requestId, correlationId } = body.input;
      return answer(202, { requestId: `export-${requestId}`, correlationId, exportOf: { stack: body.stack, requestId } });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    hub = { url, apiKey: "key", aws: { region: "eu-west-1", stack: "prod" } };
  });
  afterEach(() => {
    process.exitCode = exitCode;
    server.close();
    rmSync(folder, { recursive: true });
  });
  const refusalOf = (made: Promise<string>) =>
    made.then(
      () => expect.fail("it was accepted"),
      ({ message }: Error) => message,
    );
  const file = () => join(folder, "export.json");
  const written = () => JSON.parse(readFileSync(file(), "utf8")) as ExportFile;

  it("writes requests by id or filter, with sample values where *** would not fit, and names each refusal", async () => {
    const printed = await exportRequests(hub, ["r-1", "x-9", "r-1"], { out: file() });
    const { stack, requests } = written();
    expect([stack, requests]).to.deep.equal([
      "prod",
      [{ ...inputOf("r-1", { email: "user@example.com" }), sampled: ["/email"] }],
    ]);
    expect(printed.split("\n")).to.deep.equal([
      `${file()}: 1 request of prod; 1 value is masked, and 1 of them has a sample value: /email.`,
      "refused x-9: The hub answered 409: x-9 is not stored.",
      `Run with: npm run hub -- requests run-again --export ${file()} --why "…"`,
    ]);
    expect(process.exitCode).to.equal(2);
    await exportRequests(hub, [], { status: "failed", out: file() });
    expect(written().requests.map(({ requestId }) => requestId)).to.deep.equal(["r-2", "r-1"]);
    expect(JSON.parse(await exportRequests(hub, ["r-1"], {})).requests).to.have.length(1);
  });

  it("refuses no selection, two, one that matches nothing, and a file that can't be written", async () => {
    for (const [words, options] of [
      [[], {}],
      [[], { limit: "5" }],
      [["r-1"], { status: "failed" }],
    ] as const)
      expect(await refusalOf(exportRequests(hub, words, options))).to.include("Give one of the two.");
    expect(await refusalOf(exportRequests(hub, [], { correlation: "g" }))).to.include("No request matches.");
    expect(await refusalOf(exportRequests(hub, ["x-1"], {}))).to.include("x-1 is not stored.");
    expect(await refusalOf(exportRequests(hub, ["r-1"], { out: folder }))).to.include("can't be written");
  });

  it("runs a file, or requests of it, and prints from where each is", async () => {
    await exportRequests(hub, ["r-1", "r-2"], { out: file() });
    const printed = await runExported(hub, [], { export: file(), reason: "a defect" });
    expect(bodies.map(({ input }) => [input.requestId, input.data])).to.deep.equal(
      ["r-1", "r-2"].map((id) => [id, { email: "user@example.com" }]),
    );
    expect(printed).to.match(/export-r-1 +prod +r-1 +1 value is masked, and 1 of them has a sample value: \/email/);
    await runExported(hub, ["r-2"], { export: file(), reason: "a defect", name: "second" });
    expect(bodies.at(-1)).to.deep.include({ name: "second" });
    expect(bodies).to.have.length(3);
  });

  it("goes on after a refusal, and names it", async () => {
    await exportRequests(hub, ["r-1", "r-2"], { out: file() });
    const [first, second] = written().requests;
    writeFileSync(file(), JSON.stringify({ ...written(), requests: [{ ...first, data: { email: "***" } }, second] }));
    const printed = await runExported(hub, [], { export: file(), reason: "a defect", json: true });
    expect(JSON.parse(printed)).to.deep.equal({
      requests: [{ requestId: "export-r-2", correlationId: "c", exportOf: { stack: "prod", requestId: "r-2" } }],
      refused: [{ requestId: "r-1", refused: "The hub answered 409: It does not fit." }],
    });
    expect(process.exitCode).to.equal(2);
  });

  it("refuses a call without a reason, a file that is none, and a request that it does not have", async () => {
    const run = (words: readonly string[], options: object) => refusalOf(runExported(hub, words, { export: file(), ...options }));
    await exportRequests(hub, ["r-1"], { out: file() });
    expect(await run([], {})).to.include('Give --why "…"');
    expect(await run(["r-7"], { reason: "r" })).to.include("has no request r-7");
    expect(await run([], { reason: "r", export: join(folder, "none.json") })).to.include("can't be read");
    for (const text of ["", "[]", '{"stack":"prod"}', '{"stack":"prod","exportedAt":"","requests":[1]}']) {
      writeFileSync(file(), text);
      expect(await run([], { reason: "r" })).to.include("is no file of an export");
    }
    expect(bodies).to.deep.equal([]);
  });
});
