import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { before, describe, it } from "mocha";
import type { RecordedResource, Recording } from "../../local/recording.ts";
import { recording as record } from "./support.ts";

describe("tags of the recorded program", () => {
  let recording: Recording;
  before(async () => {
    recording = await record();
  });
  const tagsOf = ({ inputs }: RecordedResource) => inputs.tags as Readonly<Record<string, string>> | undefined;

  it("are on every resource of a kind that AWS tags", () => {
    const custom = recording.resources.filter(({ type }) => /^aws:/.test(type));
    const isTaggable = (type: string) => {
      const [, module = "", file = ""] = /^aws:(\w+)\/(\w+):/.exec(type) ?? [];
      const types = readFileSync(join(import.meta.dirname, `../../node_modules/@pulumi/aws/${module}/${file}.d.ts`), "utf8");
      return /^ {4}tags\?: /m.test(types.slice(types.indexOf("Args {")));
    };
    const kinds = new Set([...new Set(custom.map(({ type }) => type))].filter(isTaggable));
    const taggable = custom.filter(({ type }) => kinds.has(type));
    expect(custom.filter(tagsOf)).to.deep.equal(taggable);
  });

  it("name project, stack, flow and owner", () => {
    const queue = recording.resources.find(({ name }) => name === "order-to-erp-register-queue") as RecordedResource;
    expect(tagsOf(queue)).to.include({ "hub:project": "hub", "hub:stack": "dev", "hub:flow": "order-to-erp" });
    const bus = recording.resources.find(({ name }) => name === "hub-bus") as RecordedResource;
    expect(tagsOf(bus)).not.to.have.property("hub:flow");
  });
});
