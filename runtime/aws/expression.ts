import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { Change, Condition, Value } from "../ports.ts";
import { marshal } from "./items.ts";

/**
 * Collects the names and values of one request. Every name goes through a placeholder, since DynamoDB reserves some 600 words.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ExpressionAttributeNames.html
 */
export class Expression {
  readonly names: Record<string, string> = {};
  readonly values: Record<string, AttributeValue> = {};
  readonly #placeholders = new Map<string, string>();
  #valued = 0;

  condition(condition: Condition): string {
    switch (condition.kind) {
      case "absent":
        return `attribute_not_exists(${this.#name(condition.attribute)})`;
      case "compare":
        return `${this.#name(condition.attribute)} ${condition.is} ${this.#value(condition.value)}`;
      default:
        return condition.conditions.map((part) => `(${this.condition(part)})`).join(condition.kind === "all" ? " AND " : " OR ");
    }
  }

  equal(attribute: string, value: Value): string {
    return `${this.#name(attribute)} = ${this.#value(value)}`;
  }

  /** Both ends included. */
  between(attribute: string, from: Value, to: Value): string {
    return `${this.#name(attribute)} BETWEEN ${this.#value(from)} AND ${this.#value(to)}`;
  }

  update({ set = {}, setOnce = {}, add = {}, remove = [] }: Change): string {
    const sets = [
      ...Object.entries(set).map(([name, value]) => `${this.#name(name)} = ${this.#value(value)}`),
      ...Object.entries(setOnce).map(
        ([name, value]) => `${this.#name(name)} = if_not_exists(${this.#name(name)}, ${this.#value(value)})`,
      ),
    ];
    const adds = Object.entries(add).map(([name, value]) => `${this.#name(name)} ${this.#value(value)}`);
    const removed = remove.map((name) => this.#name(name));
    const clause = (keyword: string, parts: readonly string[]) => (parts.length > 0 ? [`${keyword} ${parts.join(", ")}`] : []);
    return [...clause("SET", sets), ...clause("ADD", adds), ...clause("REMOVE", removed)].join(" ");
  }

  #name(attribute: string): string {
    const known = this.#placeholders.get(attribute);
    if (known !== undefined) return known;
    const placeholder = `#n${this.#placeholders.size}`;
    this.#placeholders.set(attribute, placeholder);
    this.names[placeholder] = attribute;
    return placeholder;
  }

  #value(value: Value): string {
    const placeholder = `:v${this.#valued}`;
    this.#valued += 1;
    this.values[placeholder] = marshal(value);
    return placeholder;
  }
}
