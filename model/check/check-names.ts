import { secretsOfAdapter } from "../adapter-secrets.ts";
import type { Flow } from "../flow.ts";
import { adaptersOf } from "../graph.ts";
import { CONTEXT_NAMES } from "../step.ts";
import { type Problem, placeIn, problem } from "./problem.ts";

const KEBAB = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
/** Whether a flow may have the name; `hub` is the hub's own functions'. */
export const isAdapterName = (name: string): boolean => KEBAB.test(name) && name.length <= 30;
export const isFlowName = (name: string): boolean => KEBAB.test(name) && name.length <= 24 && name !== "hub";
const CAMEL = /^[a-z][A-Za-z0-9]{0,19}$/;
const SECRET = /^[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*$/;

/** Names of the flow, its triggers, steps, adapters and secrets, and the module that identifies it. */
export function* checkNames(flow: Flow): Iterable<Problem> {
  const where = placeIn(flow);
  if (!KEBAB.test(flow.name) || flow.name.length > 24)
    yield problem("NAME", where, `"${flow.name}" is not kebab-case of at most 24 characters`, 'Name it like "order-to-erp"');
  if (flow.name === "hub")
    yield problem("NAME", where, "this name is reserved for the hub's own functions", "Choose another one");
  if (!flow.source)
    yield problem("SOURCE", where, "the module that called flow() is unknown", "Declare `source: import.meta.url`");
  yield* checkFormerNames({ where, name: flow.name, formerly: flow.formerly, form: KEBAB });
  for (const [name, trigger] of Object.entries(flow.triggers)) {
    const place = placeIn(flow, `trigger ${name}`);
    if (!CAMEL.test(name))
      yield problem("NAME", place, `"${name}" is not camelCase of at most 20 characters`, 'Name it like "orders"');
    if (trigger.kind === "webhook") yield* checkSecretName({ where: place, secret: trigger.verify.secret });
    if (trigger.kind === "sync") yield* checkAliases(place, trigger.uses);
    if (trigger.kind === "poll") yield* checkAliases(place, trigger.uses, POLL_NAMES);
  }
  for (const [name, step] of Object.entries(flow.steps)) {
    const place = placeIn(flow, `step ${name}`);
    if (!CAMEL.test(name))
      yield problem("NAME", place, `"${name}" is not camelCase of at most 20 characters`, 'Name it like "applyRules"');
    yield* checkAliases(place, step.uses);
    yield* checkFormerNames({ where: place, name, formerly: step.formerly, form: CAMEL });
    for (const former of step.formerly ?? []) {
      const claimant = Object.entries(flow.steps).find(
        ([other, { formerly }]) => other !== name && (other === former || formerly?.includes(former)),
      );
      if (claimant)
        yield problem("NAME", place, `step ${claimant[0]} has the name "${former}", too`, "List a former name in one step only");
    }
  }
  for (const adapter of adaptersOf(flow)) {
    const place = placeIn(flow, `adapter ${adapter.name}`);
    if (!isAdapterName(adapter.name))
      yield problem("NAME", place, "the name is not kebab-case of at most 30 characters", 'Name it like "erp"');
    for (const secret of secretsOfAdapter(adapter).keys()) yield* checkSecretName({ where: place, secret });
  }
}

const POLL_NAMES: object = { ...CONTEXT_NAMES, cursor: true };

function* checkAliases(where: string, uses: object = {}, names: object = CONTEXT_NAMES): Iterable<Problem> {
  for (const alias of Object.keys(uses).filter((name) => Object.hasOwn(names, name)))
    yield problem("NAME", `${where}, uses`, `handlers get "${alias}" from the hub`, "Name the adapter differently");
}

interface FormerNames {
  readonly where: string;
  readonly name: string;
  readonly formerly: readonly string[] | undefined;
  readonly form: RegExp;
}

function* checkFormerNames({ where, name, formerly, form }: FormerNames): Iterable<Problem> {
  if (formerly?.length === 0) yield problem("RANGE", where, "formerly is empty", "Leave it out");
  const wrong = formerly?.find((former, i) => !form.test(former) || former === name || formerly.indexOf(former) !== i);
  if (wrong !== undefined)
    yield problem(
      "NAME",
      where,
      `"${wrong}" can't be a former name of it`,
      "List each earlier name once, without the current one",
    );
}

function* checkSecretName({ where, secret }: { readonly where: string; readonly secret: string }): Iterable<Problem> {
  if (!SECRET.test(secret)) yield problem("NAME", where, `"${secret}" can't name a secret`, 'Name it like "erp/oauth"');
}

/** Names that two flows claim. */
export function* checkSharedNames(flows: readonly Flow[]): Iterable<Problem> {
  const seen = new Set<string>();
  for (const flow of flows) {
    if (seen.has(flow.name)) yield problem("NAME", placeIn(flow), "two flows share this name", "Rename one of them");
    seen.add(flow.name);
  }
  for (const flow of flows) {
    const { name, formerly = [] } = flow;
    const claimant = flows.find(
      (other) => other.name !== name && [other.name, ...(other.formerly ?? [])].some((claimed) => formerly.includes(claimed)),
    );
    if (claimant)
      yield problem(
        "NAME",
        placeIn(flow),
        `flow ${claimant.name} has one of its former names, too`,
        "List a former name in one flow only",
      );
  }
}
