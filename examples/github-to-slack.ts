import * as z from "zod";
import { adapter, bearer, call, event, flow, github, step, webhook } from "../model/index.ts";

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads#push */
const BranchPushed = event(
  "BranchPushed",
  z.object({
    ref: z.string(),
    before: z.string(),
    after: z.string(),
    repository: z.object({ name: z.string(), owner: z.object({ login: z.string() }) }),
  }),
);
const CommitsListed = event("CommitsListed", z.object({ title: z.string(), lines: z.array(z.string()) }));

/** https://docs.github.com/en/rest */
const githubApi = adapter("github", {
  summary: "Holds the source code.",
  baseUrl: "https://api.github.com",
  auth: bearer({ secret: "github/token" }),
  timeout: "10 seconds",
  rateLimit: { calls: 5_000, per: "1 hour" },
  headers: { Accept: "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28" },
  idempotencyHeader: "none",
  operations: {
    compare: call("GET /repos/:owner/:repo/compare/:range", {
      query: z.object({ per_page: z.int().default(100) }),
      returns: z.object({ commits: z.array(z.object({ sha: z.string(), commit: z.object({ message: z.string() }) })) }),
      pages: { by: "link", atMost: 20 },
      example: { commits: [{ sha: "0123456789abcdef", commit: { message: "Mend the door\n\nIt squeaked." } }] },
    }),
  },
});

/** https://docs.slack.dev/reference/methods/chat.postMessage */
const slack = adapter("slack", {
  summary: "Where the team talks.",
  baseUrl: "https://slack.com/api",
  auth: bearer({ secret: "slack/bot" }),
  timeout: "10 seconds",
  rateLimit: { calls: 60, per: "1 minute" },
  operations: {
    post: call("POST /chat.postMessage", {
      body: z.object({ channel: z.string(), text: z.string() }),
      returns: z.object({ ok: z.literal(true), ts: z.string() }),
      example: { ok: true, ts: "1503435956.000247" },
    }),
  },
});

export default flow("github-to-slack", {
  summary: "Informs a channel of commits that were pushed.",
  owner: "platform",
  triggers: { push: webhook("POST /hooks/github", { emits: BranchPushed, verify: github({ secret: "github/webhook" }) }) },
  steps: {
    list: step({
      on: BranchPushed,
      emits: [CommitsListed],
      uses: { github: githubApi },
      handler: async ({ ref, before, after, repository: { name: repo, owner } }, { github }) => {
        const lines: string[] = [];
        const range = `${before}...${after}`;
        for await (const page of github.compare.pages({ owner: owner.login, repo, range }))
          for (const { sha, commit } of page.commits) lines.push(`${sha.slice(0, 7)} ${commit.message.split("\n")[0]}`);
        return CommitsListed({ title: `${owner.login}/${repo} ${ref}`, lines });
      },
    }),
    post: step({
      on: CommitsListed,
      emits: [],
      uses: { slack },
      handler: async ({ title, lines }, { slack }) => {
        await slack.post({ channel: "#commits", text: [title, ...lines].join("\n").slice(0, 4_000) });
        return [];
      },
    }),
  },
});
