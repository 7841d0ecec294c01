import * as pulumi from "@pulumi/pulumi";
import { type EnvironmentValues, type FunctionKind, writeEnvironment } from "../../protocol/environment.ts";

/** @returns the variables that a function of this kind reads */
export const functionEnvironment = <K extends FunctionKind>(
  kind: K,
  values: EnvironmentValues<K, pulumi.Input<string>>,
): Readonly<Record<string, pulumi.Input<string>>> => writeEnvironment(kind, values, pulumi.jsonStringify);
