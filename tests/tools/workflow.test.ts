import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
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
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly string[]>> };
  readonly steps: readonly Step[];
}
interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: object;
  readonly jobs: Readonly<Record<string, Job>>;
}
const WORKFLOWS = [".github/workflows/deploy.yml", ".github/workflows/nightly.yml"];
const ACTION = ".github/actions/pulumi/action.yml";
const [deploy, nightly] = WORKFLOWS.map((path) => parse(read(path)) as Workflow) as [Workflow, Workflow];
const { jobs } = deploy;
const action = parse(read(ACTION)) as { runs: { steps: readonly Step[] } };
const steps = [deploy, nightly]
  .flatMap((workflow) => Object.values(workflow.jobs).flatMap((job) => job.steps))
  .concat(action.runs.steps);
const { scripts, dependencies } = JSON.parse(read("package.json")) as Record<
  "scripts" | "dependencies",
  Readonly<Record<string, string>>
>;
const permissionsOf = (workflow: Workflow) =>
  Object.fromEntries(Object.entries(workflow.jobs).map(([name, job]) => [name, job.permissions]));
const scriptsIn = (some: readonly Step[]) =>
  some.flatMap(({ run }) => [...(run ?? "").matchAll(/npm run (?:--silent )?([\w:-]+)/g)].map(([, name]) => name ?? ""));

describe("all workflows", () => {
  it("have no permission of their own, a time limit for each job, and no other file", () => {
    expect(readdirSync(join(ROOT, ".github/workflows")).map((file) => `.github/workflows/${file}`)).to.have.members(WORKFLOWS);
    for (const workflow of [deploy, nightly]) {
      expect(workflow.permissions).to.deep.equal({});
      for (const job of Object.values(workflow.jobs)) expect(job["timeout-minutes"]).to.be.a("number");
    }
  });

  it("use no secret and no key of AWS", () => {
    for (const path of [...WORKFLOWS, ACTION])
      expect(read(path)).not.to.match(/secrets\.|access-key|AWS_ACCESS_KEY|AWS_SECRET|PULUMI_ACCESS_TOKEN/i);
  });

  it("pin third-party actions to a commit", () => {
    const others = steps.flatMap(({ uses }) => (uses && !uses.startsWith("./") ? [uses] : []));
    expect(others).not.to.be.empty;
    for (const uses of others) expect(uses).to.match(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
  });

  it("put no expression into a shell", () => {
    for (const { run } of steps) expect(run ?? "").not.to.include("${{");
  });

  it("name scripts that exist", () => {
    const named = scriptsIn(steps);
    expect(named).to.include.members(["verify", "policy", "drain-check", "preview", "up"]);
    for (const name of named) expect(scripts).to.have.property(name);
  });
});

describe("nightly workflow", () => {
  it("runs every long check on its own, and the audit of the packages that are deployed", () => {
    expect(Object.keys(nightly.on)).to.have.members(["schedule", "workflow_dispatch"]);
    const commands = nightly.jobs.check?.strategy?.matrix.command ?? [];
    expect(commands).to.have.members([
      "chaos",
      "chaos -- --deploys",
      "chaos -- --backlog",
      "fuzz",
      "schemathesis",
      "oracle:event-ruler",
      "test:emulator",
      "test:engine",
    ]);
    for (const command of commands) expect(scripts).to.have.property(command.split(" ")[0] ?? "");
    expect(nightly.jobs.check?.steps.at(-1)?.run).to.equal("npm run $COMMAND");
    expect(nightly.jobs.audit?.steps.at(-1)?.run).to.equal("npm audit --omit=dev");
    expect(permissionsOf(nightly)).to.deep.equal({ check: { contents: "read" }, audit: { contents: "read" } });
  });
});

describe("deploy workflow", () => {
  it("gives each job what it needs", () => {
    expect(permissionsOf(deploy)).to.deep.equal({
      verify: { contents: "read" },
      preview: { contents: "read", "id-token": "write", "pull-requests": "write" },
      staging: { contents: "read", "id-token": "write" },
      prod: { contents: "read", "id-token": "write" },
    });
  });

  it("verifies each push and each pull request to main", () => {
    expect(deploy.on).to.deep.equal({ pull_request: { branches: ["main"] }, push: null });
    expect(jobs.verify).not.to.have.property("if");
    expect(scriptsIn(jobs.verify?.steps ?? [])).to.deep.equal(["verify", "policy"]);
  });

  it("edits the comment of a preview that it made before", () => {
    const comment = jobs.preview?.steps.at(-1)?.run ?? "";
    expect(comment).to.match(/marker="<!-- preview of \$STACK -->"/);
    expect(comment).to.match(
      /if \[ -n "\$mine" \]; then\s+gh api --silent --method PATCH .*\s+else\s+gh api --silent --method POST/,
    );
  });

  it("goes from verify over staging to prod, and previews no pull request of a fork", () => {
    expect(jobs.preview?.needs).to.equal("verify");
    expect(jobs.staging?.needs).to.equal("verify");
    expect(jobs.staging?.if).to.equal("github.event_name == 'push' && github.ref == 'refs/heads/main'");
    expect(jobs.prod?.needs).to.equal("staging");
    expect([jobs.staging?.environment, jobs.prod?.environment]).to.deep.equal(["staging", "prod"]);
    expect(jobs.preview?.if).to.include("head.repo.full_name == github.repository");
  });

  it("asks in docs/deploy.md for a reviewer of each environment that runs a pull request's code, and of prod", () => {
    const matrix = jobs.preview?.strategy?.matrix.stack ?? [];
    const named = matrix.map((stack) => jobs.preview?.environment?.replace(/\$\{\{ matrix\.stack \}\}/, stack) ?? "");
    const [, list = ""] = /\[Require a reviewer\]\[github-reviewers\] for ([^.]+)\./.exec(read("docs/deploy.md")) ?? [];
    expect([...list.matchAll(/`([^`]+)`/g)].map(([, name]) => name)).to.have.members([...named, "prod"]);
  });

  it("checks that queues are drained before each preview and each update", () => {
    for (const name of ["preview", "staging", "prod"]) {
      const runs = (jobs[name]?.steps ?? []).map(({ run }) => run ?? "").join("\n");
      expect(runs, name).to.match(/npm run (--silent )?drain-check[\s\S]*npm run (--silent )?(preview|up) /);
    }
  });

  it("names stacks that exist, and the CLI of the SDK's version", () => {
    expect(stacksOf(ROOT)).to.include.members([...(jobs.preview?.strategy?.matrix.stack ?? [])]);
    expect(read(ACTION)).to.include(`VERSION: ${dependencies["@pulumi/pulumi"]}\n`);
  });
});

describe("dependency bot", () => {
  const MANIFESTS = { "package-lock.json": "npm", "requirements.txt": "pip", "pom.xml": "maven" } as const;
  const folders = readdirSync(ROOT, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith(".") && entry.name !== "node_modules")
    .map(({ name }) => name);
  const files = ["package-lock.json", ...folders.flatMap((folder) => filesBelow(folder))];

  it("reads each file that pins packages, and the workflows", () => {
    const { updates } = parse(read(".github/dependabot.yml")) as {
      updates: readonly { "package-ecosystem": string; directory?: string; directories?: readonly string[] }[];
    };
    const watched = updates.flatMap(({ "package-ecosystem": kind, directory, directories = [directory ?? ""] }) =>
      directories.map((folder) => `${kind} ${folder}`),
    );
    const pinned = files.flatMap((file) => {
      const kind = MANIFESTS[basename(file) as keyof typeof MANIFESTS] as string | undefined;
      return kind === undefined ? [] : [`${kind} ${join("/", dirname(file))}`];
    });
    expect(watched).to.have.members([...pinned, "github-actions /", "github-actions /.github/actions/*"]);
  });
});

function filesBelow(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === "node_modules") return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}
