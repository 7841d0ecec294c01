import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { parse } from "yaml";
import { stacksOf } from "../../tools/policy/stacks.ts";

const ROOT = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");

interface Step {
  readonly uses?: string;
  readonly run?: string;
}
interface Job {
  readonly permissions: Readonly<Record<string, string>>;
  readonly needs?: string;
  readonly if?: string;
  readonly environment?: string;
  readonly "timeout-minutes": number;
  readonly strategy?: { readonly matrix: { readonly stack: readonly string[] } };
  readonly steps: readonly Step[];
}
const texts = [".github/workflows/deploy.yml", ".github/actions/pulumi/action.yml"].map(read);
const { permissions, jobs } = parse(texts[0] ?? "") as { permissions: object; jobs: Readonly<Record<string, Job>> };
const action = parse(texts[1] ?? "") as { runs: { steps: readonly Step[] } };
const steps = [...Object.values(jobs).flatMap((job) => job.steps), ...action.runs.steps];
const { scripts, dependencies } = JSON.parse(read("package.json")) as Record<
  "scripts" | "dependencies",
  Readonly<Record<string, string>>
>;

describe("deploy workflow", () => {
  it("gives nothing to the workflow, and to each job what it needs", () => {
    expect(permissions).to.deep.equal({});
    expect(Object.fromEntries(Object.entries(jobs).map(([name, job]) => [name, job.permissions]))).to.deep.equal({
      verify: { contents: "read" },
      preview: { contents: "read", "id-token": "write", "pull-requests": "write" },
      staging: { contents: "read", "id-token": "write" },
      prod: { contents: "read", "id-token": "write" },
    });
    for (const job of Object.values(jobs)) expect(job["timeout-minutes"]).to.be.a("number");
  });

  it("knows no secret and no key of AWS", () => {
    for (const text of texts) expect(text).not.to.match(/secrets\.|access-key|AWS_ACCESS_KEY|AWS_SECRET|PULUMI_ACCESS_TOKEN/i);
  });

  it("runs actions of others at one commit only", () => {
    const others = steps.flatMap(({ uses }) => (uses && !uses.startsWith("./") ? [uses] : []));
    expect(others).not.to.be.empty;
    for (const uses of others) expect(uses).to.match(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
  });

  it("puts nothing that a caller chooses into a shell", () => {
    for (const { run } of steps) expect(run ?? "").not.to.include("${{");
  });

  it("goes from verify over staging to prod, and previews no fork's pull request", () => {
    expect(jobs.preview?.needs).to.equal("verify");
    expect(jobs.staging?.needs).to.equal("verify");
    expect(jobs.staging?.if).to.equal("github.event_name == 'push'");
    expect(jobs.prod?.needs).to.equal("staging");
    expect([jobs.staging?.environment, jobs.prod?.environment]).to.deep.equal(["staging", "prod"]);
    expect(jobs.preview?.if).to.include("head.repo.full_name == github.repository");
  });

  it("checks that queues are drained before each preview and each update", () => {
    for (const name of ["preview", "staging", "prod"]) {
      const runs = (jobs[name]?.steps ?? []).map(({ run }) => run ?? "").join("\n");
      expect(runs, name).to.match(/npm run (--silent )?drain-check[\s\S]*npm run (--silent )?(preview|up) /);
    }
  });

  it("names scripts and stacks that there are, and the CLI of the SDK's version", () => {
    const named = steps.flatMap(({ run }) =>
      [...(run ?? "").matchAll(/npm run (?:--silent )?([\w:-]+)/g)].map(([, name]) => name ?? ""),
    );
    expect(named).to.include.members(["verify", "policy", "drain-check", "preview", "up"]);
    for (const name of named) expect(scripts).to.have.property(name);
    expect(stacksOf(ROOT)).to.include.members([...(jobs.preview?.strategy?.matrix.stack ?? [])]);
    expect(texts[1]).to.include(`VERSION: ${dependencies["@pulumi/pulumi"]}\n`);
  });
});
