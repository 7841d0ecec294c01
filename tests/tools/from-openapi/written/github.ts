// From GitHub's official OpenAPI spec + Octokit extension 23.0.2 (github.json), by npm run hub -- adapter from-openapi
// the document names no credentials that the hub knows: declare `auth`: github.
// numbers beyond 2^53 are refused; declare int64(), which is text, where ids are that large: Label.id, SimpleUser.id, BranchRestrictionPolicy.users.items.id, NullableSimpleUser.id.
// `oneOf` is checked as `anyOf`: a value that matches several schemas is accepted: Integration.owner.
import * as z from "zod";
import { adapter, call, noAuth } from "../../../../model/index.ts";

const Label = z.object({
  id: z.int(),
  node_id: z.string(),
  url: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  color: z.string(),
  default: z.boolean(),
});

const BasicError = z.object({
  message: z.string().optional(),
  documentation_url: z.string().optional(),
  url: z.string().optional(),
  status: z.string().optional(),
});

const ValidationError = z.object({
  message: z.string(),
  documentation_url: z.string(),
  errors: z
    .array(
      z.object({
        resource: z.string().optional(),
        field: z.string().optional(),
        message: z.string().optional(),
        code: z.string(),
        index: z.int().optional(),
        value: z.union([z.string().nullable(), z.int().nullable(), z.array(z.string()).nullable()]).optional(),
      }),
    )
    .optional(),
});

const ProtectedBranchRequiredStatusCheck = z.object({
  url: z.string().optional(),
  enforcement_level: z.string().optional(),
  contexts: z.array(z.string()),
  checks: z.array(z.object({ context: z.string(), app_id: z.int().nullable() })),
  contexts_url: z.string().optional(),
  strict: z.boolean().optional(),
});

const ProtectedBranchAdminEnforced = z.object({ url: z.string(), enabled: z.boolean() });

const SimpleUser = z.object({
  name: z.string().nullable().optional(),
  email: z.string().nullable().optional(),
  login: z.string(),
  id: z.int(),
  node_id: z.string(),
  avatar_url: z.string(),
  gravatar_id: z.string().nullable(),
  url: z.string(),
  html_url: z.string(),
  followers_url: z.string(),
  following_url: z.string(),
  gists_url: z.string(),
  starred_url: z.string(),
  subscriptions_url: z.string(),
  organizations_url: z.string(),
  repos_url: z.string(),
  events_url: z.string(),
  received_events_url: z.string(),
  type: z.string(),
  site_admin: z.boolean(),
  starred_at: z.string().optional(),
  user_view_type: z.string().optional(),
});

const NullableTeamSimple = z
  .object({
    id: z.int(),
    node_id: z.string(),
    url: z.string(),
    members_url: z.string(),
    name: z.string(),
    description: z.string().nullable(),
    permission: z.string(),
    privacy: z.string().optional(),
    notification_setting: z.string().optional(),
    html_url: z.string(),
    repositories_url: z.string(),
    slug: z.string(),
    ldap_dn: z.string().optional(),
    type: z.enum(["enterprise", "organization"]),
    organization_id: z.int().optional(),
    enterprise_id: z.int().optional(),
  })
  .nullable();

const Team = z.object({
  id: z.int(),
  node_id: z.string(),
  name: z.string(),
  slug: z.string(),
  description: z.string().nullable(),
  privacy: z.string().optional(),
  notification_setting: z.string().optional(),
  permission: z.string(),
  permissions: z
    .object({ pull: z.boolean(), triage: z.boolean(), push: z.boolean(), maintain: z.boolean(), admin: z.boolean() })
    .optional(),
  url: z.string(),
  html_url: z.string(),
  members_url: z.string(),
  repositories_url: z.string(),
  type: z.enum(["enterprise", "organization"]),
  access_source: z.enum(["direct", "organization", "enterprise"]).optional(),
  organization_id: z.int().optional(),
  enterprise_id: z.int().optional(),
  parent: NullableTeamSimple,
});

const Enterprise = z.object({
  description: z.string().nullable().optional(),
  html_url: z.string(),
  website_url: z.string().nullable().optional(),
  id: z.int(),
  node_id: z.string(),
  name: z.string(),
  slug: z.string(),
  created_at: z.iso.datetime({ offset: true }).nullable(),
  updated_at: z.iso.datetime({ offset: true }).nullable(),
  avatar_url: z.string(),
});

const Integration = z
  .object({
    id: z.int(),
    slug: z.string().optional(),
    node_id: z.string(),
    client_id: z.string().optional(),
    owner: z.union([SimpleUser, Enterprise]),
    name: z.string(),
    description: z.string().nullable(),
    external_url: z.string(),
    html_url: z.string(),
    created_at: z.iso.datetime({ offset: true }),
    updated_at: z.iso.datetime({ offset: true }),
    permissions: z
      .object({
        issues: z.string().optional(),
        checks: z.string().optional(),
        metadata: z.string().optional(),
        contents: z.string().optional(),
        deployments: z.string().optional(),
      })
      .catchall(z.string()),
    events: z.array(z.string()),
    installations_count: z.int().optional(),
  })
  .nullable();

const ProtectedBranchPullRequestReview = z.object({
  url: z.string().optional(),
  dismissal_restrictions: z
    .object({
      users: z.array(SimpleUser).optional(),
      teams: z.array(Team).optional(),
      apps: z.array(Integration).optional(),
      url: z.string().optional(),
      users_url: z.string().optional(),
      teams_url: z.string().optional(),
    })
    .optional(),
  bypass_pull_request_allowances: z
    .object({ users: z.array(SimpleUser).optional(), teams: z.array(Team).optional(), apps: z.array(Integration).optional() })
    .optional(),
  dismiss_stale_reviews: z.boolean(),
  require_code_owner_reviews: z.boolean(),
  required_approving_review_count: z.int().min(0).max(6).optional(),
  /** Without it: false. */
  require_last_push_approval: z.boolean().optional(),
});

const BranchRestrictionPolicy = z.object({
  url: z.string(),
  users_url: z.string(),
  teams_url: z.string(),
  apps_url: z.string(),
  users: z.array(
    z.object({
      login: z.string().optional(),
      id: z.int().optional(),
      node_id: z.string().optional(),
      avatar_url: z.string().optional(),
      gravatar_id: z.string().optional(),
      url: z.string().optional(),
      html_url: z.string().optional(),
      followers_url: z.string().optional(),
      following_url: z.string().optional(),
      gists_url: z.string().optional(),
      starred_url: z.string().optional(),
      subscriptions_url: z.string().optional(),
      organizations_url: z.string().optional(),
      repos_url: z.string().optional(),
      events_url: z.string().optional(),
      received_events_url: z.string().optional(),
      type: z.string().optional(),
      site_admin: z.boolean().optional(),
      user_view_type: z.string().optional(),
    }),
  ),
  teams: z.array(Team),
  apps: z.array(
    z.object({
      id: z.int().optional(),
      slug: z.string().optional(),
      node_id: z.string().optional(),
      owner: z
        .object({
          login: z.string().optional(),
          id: z.int().optional(),
          node_id: z.string().optional(),
          url: z.string().optional(),
          repos_url: z.string().optional(),
          events_url: z.string().optional(),
          hooks_url: z.string().optional(),
          issues_url: z.string().optional(),
          members_url: z.string().optional(),
          public_members_url: z.string().optional(),
          avatar_url: z.string().optional(),
          description: z.string().optional(),
          gravatar_id: z.string().optional(),
          html_url: z.string().optional(),
          followers_url: z.string().optional(),
          following_url: z.string().optional(),
          gists_url: z.string().optional(),
          starred_url: z.string().optional(),
          subscriptions_url: z.string().optional(),
          organizations_url: z.string().optional(),
          received_events_url: z.string().optional(),
          type: z.string().optional(),
          site_admin: z.boolean().optional(),
          user_view_type: z.string().optional(),
        })
        .optional(),
      name: z.string().optional(),
      client_id: z.string().optional(),
      description: z.string().optional(),
      external_url: z.string().optional(),
      html_url: z.string().optional(),
      created_at: z.string().optional(),
      updated_at: z.string().optional(),
      permissions: z
        .object({
          metadata: z.string().optional(),
          contents: z.string().optional(),
          issues: z.string().optional(),
          single_file: z.string().optional(),
        })
        .optional(),
      events: z.array(z.string()).optional(),
    }),
  ),
});

const BranchProtection = z.object({
  url: z.string().optional(),
  enabled: z.boolean().optional(),
  required_status_checks: ProtectedBranchRequiredStatusCheck.optional(),
  enforce_admins: ProtectedBranchAdminEnforced.optional(),
  required_pull_request_reviews: ProtectedBranchPullRequestReview.optional(),
  restrictions: BranchRestrictionPolicy.optional(),
  required_linear_history: z.object({ enabled: z.boolean().optional() }).optional(),
  allow_force_pushes: z.object({ enabled: z.boolean().optional() }).optional(),
  allow_deletions: z.object({ enabled: z.boolean().optional() }).optional(),
  block_creations: z.object({ enabled: z.boolean().optional() }).optional(),
  required_conversation_resolution: z.object({ enabled: z.boolean().optional() }).optional(),
  name: z.string().optional(),
  protection_url: z.string().optional(),
  required_signatures: z.object({ url: z.string(), enabled: z.boolean() }).optional(),
  lock_branch: z
    .object({
      /** Without it: false. */
      enabled: z.boolean().optional(),
    })
    .optional(),
  allow_fork_syncing: z
    .object({
      /** Without it: false. */
      enabled: z.boolean().optional(),
    })
    .optional(),
});

const ShortBranch = z.object({
  name: z.string(),
  commit: z.object({ sha: z.string(), url: z.string() }),
  protected: z.boolean(),
  protection: BranchProtection.optional(),
  protection_url: z.string().optional(),
});

const NullableSimpleUser = z
  .object({
    name: z.string().nullable().optional(),
    email: z.string().nullable().optional(),
    login: z.string(),
    id: z.int(),
    node_id: z.string(),
    avatar_url: z.string(),
    gravatar_id: z.string().nullable(),
    url: z.string(),
    html_url: z.string(),
    followers_url: z.string(),
    following_url: z.string(),
    gists_url: z.string(),
    starred_url: z.string(),
    subscriptions_url: z.string(),
    organizations_url: z.string(),
    repos_url: z.string(),
    events_url: z.string(),
    received_events_url: z.string(),
    type: z.string(),
    site_admin: z.boolean(),
    starred_at: z.string().optional(),
    user_view_type: z.string().optional(),
  })
  .nullable();

const AuthorAssociation = z.enum([
  "COLLABORATOR",
  "CONTRIBUTOR",
  "FIRST_TIMER",
  "FIRST_TIME_CONTRIBUTOR",
  "MANNEQUIN",
  "MEMBER",
  "NONE",
  "OWNER",
]);

const GistComment = z.object({
  id: z.int(),
  node_id: z.string(),
  url: z.string(),
  body: z.string().max(65535),
  user: NullableSimpleUser,
  created_at: z.iso.datetime({ offset: true }),
  updated_at: z.iso.datetime({ offset: true }),
  author_association: AuthorAssociation,
});

export const github = adapter("github", {
  summary: "GitHub's official OpenAPI spec + Octokit extension",
  baseUrl: "https://api.github.com",
  auth: noAuth(),
  timeout: "10 seconds",
  operations: {
    /**
     * Create a label
     * `owner`
     * `repo`
     * Headers of the answer, for withHeaders(): Location.
     */
    issuesCreateLabel: call("POST /repos/:owner/:repo/labels", {
      body: z.object({ name: z.string(), color: z.string().optional(), description: z.string().optional() }),
      returns: Label,
      errors: { 404: BasicError, 422: ValidationError },
    }),
    /**
     * List branches
     * `owner`
     * `repo`
     * Headers of the answer, for withHeaders(): Link.
     */
    reposListBranches: call("GET /repos/:owner/:repo/branches", {
      query: z.object({
        protected: z.boolean().optional(),
        /** Without it: 30. */
        per_page: z.int().optional(),
        /** Without it: 1. */
        page: z.int().optional(),
      }),
      returns: z.array(ShortBranch),
      errors: { 404: BasicError },
      // Further pages, perhaps: pages: { by: "link", atMost: 100 },
    }),
    /**
     * Create a gist comment
     * `gist_id`
     * Also documented, and left to the hub's rules: 304, 403.
     * Headers of the answer, for withHeaders(): Location.
     */
    gistsCreateComment: call("POST /gists/:gist_id/comments", {
      body: z.object({ body: z.string().max(65535) }),
      returns: GistComment,
      errors: { 404: BasicError },
    }),
  },
});
