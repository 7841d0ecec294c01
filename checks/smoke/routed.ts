import { type Party, TOKEN_PATH } from "./sandbox/party.ts";

/** Addresses of one third party, as `hub:thirdParties` takes them. */
interface Addresses {
  readonly baseUrl: string;
  readonly tokenUrl?: string;
}
export interface SandboxOutputs {
  readonly sandboxUrl: string;
  readonly probeUrl: string;
}

/** What a run does to the account, in the words of Pulumi. */
export interface Deployments {
  /** Deploys the sandbox for these third parties. */
  deploySandbox(parties: readonly Party[]): Promise<SandboxOutputs>;
  removeSandbox(): Promise<void>;
  /** Sets `hub:thirdParties` of the hub's stack and deploys it. */
  route(addresses: Readonly<Record<string, Addresses>>): Promise<void>;
  /** Restores the stack's settings as they were, and deploys it. */
  restore(): Promise<void>;
}

/** A third party as the program describes it. */
export interface DescribedParty extends Party {
  /** It issues access tokens. */
  readonly tokenUrl?: string;
}

/**
 * Runs `run` while the hub's third parties are the sandbox. Whatever happens in between, the hub's stack is restored before the sandbox goes;
 * a sandbox whose hub could not be restored stays, as the hub still calls it.
 */
export async function whileRouted<T>(
  deployments: Deployments,
  parties: readonly DescribedParty[],
  run: (sandbox: SandboxOutputs) => Promise<T>,
): Promise<T> {
  const sandbox = await deployments.deploySandbox(parties);
  const outcome = await attempt(async () => {
    await deployments.route(addressesOf(sandbox.sandboxUrl, parties));
    return run(sandbox);
  });
  await deployments.restore();
  await deployments.removeSandbox();
  if ("error" in outcome) throw outcome.error;
  return outcome.value;
}

async function attempt<T>(run: () => Promise<T>): Promise<{ readonly value: T } | { readonly error: unknown }> {
  try {
    return { value: await run() };
  } catch (error) {
    return { error };
  }
}

const addressesOf = (sandboxUrl: string, parties: readonly DescribedParty[]): Readonly<Record<string, Addresses>> =>
  Object.fromEntries(
    parties.map(({ name, tokenUrl }) => {
      const baseUrl = `${sandboxUrl}/${name}`;
      return [name, { baseUrl, ...(tokenUrl !== undefined && { tokenUrl: baseUrl + TOKEN_PATH }) }];
    }),
  );
