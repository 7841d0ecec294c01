import type { LocalHub } from "../../local/hub.ts";
import { Client, eventually } from "./client.ts";

export interface DeadLetterView {
  readonly id: string;
  readonly state: string;
  readonly step: string;
  readonly requestId: string | null;
  readonly errorCode: string;
  readonly times: number;
}

/** A client with the operator's key. */
export class Operator extends Client {
  async deadLetters(query: string): Promise<readonly DeadLetterView[]> {
    const answer = await this.get(`/ops/dead-letters?${query}`);
    if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
    return ((await answer.json()) as { deadLetters: DeadLetterView[] }).deadLetters;
  }

  /** Waits until a dead letter of the request is recorded. */
  deadLetterOf(requestId: string): Promise<DeadLetterView> {
    return eventually(
      `a dead letter of ${requestId} is recorded`,
      async () => (await this.deadLetters(`requestId=${requestId}`))[0],
    );
  }

  async decide(what: "redrive" | "discard", body: object) {
    const answer = await this.post(`/ops/dead-letters/${what}`, body);
    const { results } = (await answer.json()) as { results: readonly { id: string; state?: string; refused?: string }[] };
    return { status: answer.status, results };
  }
}

export function operatorOf({ url, sandboxUrl, recording }: Pick<LocalHub, "url" | "sandboxUrl" | "recording">): Operator {
  const { operations = "" } = recording.outputs.apiKeys as { operations?: string };
  return new Operator({ url, sandboxUrl, apiKey: operations });
}
