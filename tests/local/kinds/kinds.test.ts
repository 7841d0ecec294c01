import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { FILES, kindOf, outputsOf, SIMULATIONS } from "../../../local/kinds/index.ts";

const PLACE = { region: "sa-east-1", accountId: "123456789012", partition: "aws" };
const rows = Object.entries(FILES).flatMap(([file, kinds]) => Object.keys(kinds).map((type) => ({ file, type })));
const CALLS = "checks/emulators/kinds.py";

describe("local / kinds", () => {
  it(`has a call in ${CALLS} for each AWS kind, and a row for each call`, () => {
    const text = readFileSync(join(import.meta.dirname, "../../..", CALLS), "utf8");
    const calls = [...text.slice(text.indexOf("\nKINDS = {")).matchAll(/^ {4}"([^"]+)": \w+,$/gm)].map(([, type]) => type);
    const types = rows.map(({ type }) => type).filter((type) => type.startsWith("aws:"));
    const missingCalls = types.filter((type) => !calls.includes(type)).map((type) => `${type} is missing in ${CALLS}`);
    const missingRows = calls.filter((type) => !types.includes(type ?? "")).map((type) => `${type} is missing in local/kinds/`);
    expect([...missingCalls, ...missingRows]).to.deep.equal([]);
  });

  it("has one row for each kind", () => {
    const types = rows.map(({ type }) => type);
    const repeated = rows.filter(({ type }, at) => types.indexOf(type) !== at).map(({ type, file }) => `${type} in ${file}.ts`);
    expect(repeated).to.deep.equal([]);
  });

  it("refuses a kind without a row, and names the files to change", () => {
    expect(() => kindOf({ type: "aws:cloudwatch/eventPermission:EventPermission", name: "open" })).to.throw(
      "The local hub does not know the resource kind aws:cloudwatch/eventPermission:EventPermission (open). Add a row to " +
        "local/kinds/events.ts or local/kinds/cloudwatch.ts, with the reason if the kind has no effect here, and the AWS call " +
        "that makes it to checks/emulators/kinds.py.",
    );
    const stream = { urn: "urn:x", type: "aws:kinesis/stream:Stream", name: "stream", inputs: {} };
    expect(() => outputsOf(stream, PLACE)).to.throw("Add a row to local/kinds/without-effect.ts, ");
  });

  it("gives a reason for each kind without effect", () => {
    for (const { type } of rows) {
      const { simulate, noEffect } = kindOf({ type, name: "any" });
      if (!simulate) expect(noEffect, type).to.match(/^\S.*[^.]$/);
    }
  });

  it("puts the resources that start work after all others", () => {
    const starts = SIMULATIONS.map(([, { startsWork = false }]) => startsWork);
    expect(starts).to.include(true);
    expect(starts.slice(starts.indexOf(true))).not.to.include(false);
  });

  it("takes the physical name from the kind's own input, or makes one", () => {
    const stage = { urn: "urn:s", type: "aws:apigateway/stage:Stage", name: "stage", inputs: { restApi: "a", stageName: "v1" } };
    expect(outputsOf(stage, PLACE)).to.deep.include({ stageName: "v1", id: "ags-a-v1" });
    const queue = { urn: "urn:q", type: "aws:sqs/queue:Queue", name: "orders", inputs: { fifoQueue: true } };
    expect(outputsOf(queue, PLACE).name).to.match(/^orders-[0-9a-f]{7}\.fifo$/);
    const prefixed = { urn: "urn:t", type: "aws:dynamodb/table:Table", name: "state", inputs: { namePrefix: "mine-" } };
    expect(outputsOf(prefixed, PLACE).name).to.match(/^mine-[0-9a-f]{7}$/);
    const mapping = { urn: "urn:m", type: "aws:lambda/eventSourceMapping:EventSourceMapping", name: "source", inputs: {} };
    expect(outputsOf(mapping, PLACE)).to.have.all.keys("id", "uuid", "arn");
  });
});
