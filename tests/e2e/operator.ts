import type { LocalHub } from "../../local/hub.ts";
import { Client, eventually } from "./support.ts";

export interface LetterView {
  readonly id: string;
  readonly state: string;
  readonly step: string;
  readonly requestId: string | null;
  readonly errorCode: string;
  readonly times: number;
}

/** A client with the key of the operator. */
export class Operator extends Client {
  async letters(query: string): Promise<readonly LetterView[]> {
    const answer = await this.get(`/ops/dead-letters?${query}`);
    if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
    return ((await answer.json()) as { deadLetters: LetterView[] }).deadLetters;
  }

  /** Waits until the request has an open one. */
  letterOf(requestId: string): Promise<LetterView> {
    return eventually(`a dead letter of ${requestId} is recorded`, async () => (await this.letters(`requestId=${requestId}`))[0]);
  }

  async decide(what: "redrive" | "discard", body: object) {
    const answer = await this.post(`/ops/dead-letters/${what}`, body);
    const { results } = (await answer.json()) as { results: readonly { id: string; state?: string; refused?: string }[] };
    return { status: answer.status, results };
  }
}

export function operatorOf({ url, sandboxUrl, recording }: LocalHub): Operator {
  const { operations = "" } = recording.outputs.apiKeys as { operations?: string };
  return new Operator({ url, sandboxUrl, apiKey: operations });
}
