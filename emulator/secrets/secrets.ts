import { randomUUID } from "node:crypto";
import type { Clock } from "../clock.ts";
import {
  type Account,
  type Authorizer,
  AwsError,
  type Caller,
  type Json,
  type Service,
  unknownOperation,
} from "../endpoint/service.ts";
import type { Store } from "../store.ts";

interface Secret {
  readonly name: string;
  readonly arn: string;
}
/** A version of a secret's value. `stage` is its staging label: `AWSCURRENT`, `AWSPREVIOUS`, or empty for older versions. */
interface Version {
  readonly versionId: string;
  readonly stage: string;
  readonly value: string;
  readonly createdAt: number;
}

const SCHEMA = `CREATE TABLE IF NOT EXISTS secretVersions (
  secret TEXT NOT NULL, versionId TEXT NOT NULL, stage TEXT NOT NULL, value TEXT NOT NULL, createdAt INTEGER NOT NULL, PRIMARY KEY (secret, versionId)
) STRICT`;
/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html */
const MAX_BYTES = 65_536;

/** Secrets Manager. Values are in the store, in a file that only its owner can read. They are never logged or listed. */
export class Secrets implements Service {
  readonly target = "secretsmanager";
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #authorizer: Authorizer;
  readonly #account: Account;
  readonly #secrets = new Map<string, Secret>();
  readonly #lent = new Map<string, Version>();

  constructor(store: Store, clock: Clock, authorizer: Authorizer, account: Account) {
    this.#store = store;
    this.#clock = clock;
    this.#authorizer = authorizer;
    this.#account = account;
    store.sql(SCHEMA).run();
  }

  /** Creates the secret without a value; a value in the store stays. */
  define({ name, arn }: Secret): void {
    this.#secrets.set(arn, { name, arn });
  }

  /**
   * Sets or rotates the secret's value; the current value becomes `AWSPREVIOUS`.
   * @param secret ARN or name
   * @param value 1 to 65,536 bytes
   * @param versionId @default a random id
   * @returns the version's id
   * @throws AwsError ResourceNotFoundException; ValidationException for an empty or too long value
   */
  put(secret: string, value: string, versionId: string = randomUUID()): string {
    const { arn } = this.#get(secret);
    if (value === "" || Buffer.byteLength(value) > MAX_BYTES)
      throw new AwsError("ValidationException", `The secret's value must have 1 to ${MAX_BYTES} bytes.`);
    this.#store.transaction(() => {
      this.#store.sql("UPDATE secretVersions SET stage = '' WHERE secret = ? AND stage = 'AWSPREVIOUS'").run(arn);
      this.#store.sql("UPDATE secretVersions SET stage = 'AWSPREVIOUS' WHERE secret = ? AND stage = 'AWSCURRENT'").run(arn);
      this.#store.sql("DELETE FROM secretVersions WHERE secret = ? AND stage = ''").run(arn);
      this.#store
        .sql("INSERT INTO secretVersions VALUES (?, ?, 'AWSCURRENT', ?, ?)")
        .run(arn, versionId, value, Math.floor(this.#clock.now()));
    });
    return versionId;
  }

  /** Sets the current value for this process: it is not stored, and the stored one comes back with the next start. @param secret ARN or name */
  lend(secret: string, value: string): void {
    const createdAt = Math.floor(this.#clock.now());
    this.#lent.set(this.#get(secret).arn, { versionId: randomUUID(), stage: "AWSCURRENT", value, createdAt });
  }

  /** Whether the secret has a value. */
  hasValue(secret: string): boolean {
    return this.#version(this.#get(secret), { stage: "AWSCURRENT" }) !== undefined;
  }

  /** The current value, for the sandbox's third parties, which share it; undefined when the secret has none. */
  value(secret: string): string | undefined {
    return this.#version(this.#get(secret), { stage: "AWSCURRENT" })?.value;
  }

  async call(operation: string, input: Json, caller: Caller): Promise<Json> {
    const operations: Readonly<Record<string, (secret: Secret, input: Json) => Json>> = {
      GetSecretValue: (secret) => this.#getValue(secret, input),
      DescribeSecret: (secret) => this.#describe(secret),
      PutSecretValue: (secret) => this.#putValue(secret, input),
    };
    const perform = operations[operation];
    if (!perform) throw unknownOperation(this.target, operation);
    const id = input.SecretId;
    if (typeof id !== "string" || id === "")
      throw new AwsError(
        "ValidationException",
        "1 validation error detected: Value at 'secretId' failed to satisfy constraint: Member must not be null",
      );
    this.#authorizer.authorize(caller, `secretsmanager:${operation}`, this.#find(id)?.arn ?? this.#arnFor(id));
    return perform(this.#get(id), input);
  }

  #getValue(secret: Secret, { VersionId, VersionStage }: Json): Json {
    const stage = typeof VersionStage === "string" ? VersionStage : undefined;
    const id = typeof VersionId === "string" ? VersionId : undefined;
    const version = this.#version(secret, { ...(id === undefined ? { stage: stage ?? "AWSCURRENT" } : { id }) });
    if (!version || (stage !== undefined && version.stage !== stage)) {
      throw notFound(
        `Secrets Manager can't find the specified secret value for ${id === undefined ? `staging label: ${stage ?? "AWSCURRENT"}` : `VersionId: ${id}`}`,
      );
    }
    return {
      ARN: secret.arn,
      Name: secret.name,
      VersionId: version.versionId,
      SecretString: version.value,
      VersionStages: [version.stage],
      CreatedDate: version.createdAt / 1_000,
    };
  }

  #describe({ arn, name }: Secret): Json {
    const versions = this.#store.sql("SELECT versionId, stage FROM secretVersions WHERE secret = ?").all(arn);
    return {
      ARN: arn,
      Name: name,
      VersionIdsToStages: Object.fromEntries(versions.map(({ versionId, stage }) => [String(versionId), [String(stage)]])),
    };
  }

  #putValue(secret: Secret, { SecretString, ClientRequestToken }: Json): Json {
    if (typeof SecretString !== "string")
      throw new AwsError("InvalidRequestException", "Binary secrets are not simulated. Provide SecretString.");
    const token = typeof ClientRequestToken === "string" ? ClientRequestToken : undefined;
    // The SDK sends the same token with all attempts of a call. The same value with the same token is the same version.
    const existing = token === undefined ? undefined : this.#version(secret, { id: token });
    if (existing && existing.value !== SecretString) {
      throw new AwsError("ResourceExistsException", "You tried to modify the secret value of a version that already exists.");
    }
    const VersionId = existing?.versionId ?? this.put(secret.arn, SecretString, token);
    return { ARN: secret.arn, Name: secret.name, VersionId, VersionStages: [existing?.stage ?? "AWSCURRENT"] };
  }

  #version({ arn }: Secret, by: { stage: string } | { id: string }): Version | undefined {
    const lent = this.#lent.get(arn);
    if (lent && ("id" in by ? by.id === lent.versionId : by.stage === lent.stage)) return lent;
    const row =
      "id" in by
        ? this.#store.sql("SELECT * FROM secretVersions WHERE secret = ? AND versionId = ?").get(arn, by.id)
        : this.#store.sql("SELECT * FROM secretVersions WHERE secret = ? AND stage = ?").get(arn, by.stage);
    return row as unknown as Version | undefined;
  }

  #get(id: string): Secret {
    const secret = this.#find(id);
    if (!secret) throw notFound("Secrets Manager can't find the specified secret.");
    return secret;
  }

  /** Finds a secret by ARN, by ARN without the six random characters at its end, or by name. */
  #find(id: string): Secret | undefined {
    return (
      this.#secrets.get(id) ??
      [...this.#secrets.values()].find(({ arn, name }) => name === id || arn.replace(/-\w{6}$/, "") === id)
    );
  }

  #arnFor(id: string): string {
    return id.startsWith("arn:") ? id : `arn:aws:secretsmanager:${this.#account.region}:${this.#account.accountId}:secret:${id}`;
  }
}

const notFound = (message: string) => new AwsError("ResourceNotFoundException", message);
