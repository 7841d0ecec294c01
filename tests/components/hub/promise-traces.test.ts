import { createRequire } from "node:module";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { type Debuggable, leaveOutPromiseTraces } from "../../../components/hub/promise-traces.ts";
import { IntegrationHub } from "../../../components/index.ts";
import { hubConfig } from "../hub-config.ts";

const require = createRequire(import.meta.url);
const PATH = require.resolve("@pulumi/pulumi/runtime/debuggable.js");

/** The SDK's module as a program finds it, which other tests may have changed. */
function untouched(): Debuggable {
  const loaded = require.cache[PATH];
  delete require.cache[PATH];
  try {
    return require(PATH) as Debuggable;
  } finally {
    require.cache[PATH] = loaded;
  }
}

interface Debugged extends Promise<unknown> {
  readonly _debugCtx?: string;
  readonly _debugStackTrace?: string;
}

describe("promise-traces / leaveOutPromiseTraces", () => {
  it("leaves the SDK's context of a promise, and makes no trace of it", async () => {
    const sdk = untouched();
    leaveOutPromiseTraces(sdk);
    const promise: Debugged = Promise.resolve("settled");
    expect(await sdk.debuggablePromise(promise, "resolveURN(bus)")).to.equal("settled");
    expect([promise._debugCtx, promise._debugStackTrace]).to.deep.equal(["resolveURN(bus)", "Error"]);
  });

  it("leaves the traces of errors, of those made meanwhile too", async () => {
    const sdk = untouched();
    leaveOutPromiseTraces(sdk);
    const before = Error.stackTraceLimit;
    const made = sdk.debuggablePromise(Promise.resolve().then(() => Promise.reject(new Error("of the program"))));
    expect(Error.stackTraceLimit).to.equal(before);
    const error = await made.catch((reason: Error) => reason);
    expect((error as Error).stack).to.match(/^Error: of the program\n {4}at .*promise-traces\.test\.ts:\d+:\d+/);
  });

  it("restores the limit when the SDK throws", () => {
    const sdk: Debuggable = {
      debugPromiseLeaks: false,
      debuggablePromise: () => {
        throw new Error("of the SDK");
      },
    };
    leaveOutPromiseTraces(sdk);
    const before = Error.stackTraceLimit;
    expect(() => sdk.debuggablePromise(Promise.resolve())).to.throw("of the SDK");
    expect(Error.stackTraceLimit).to.equal(before);
  });

  it("changes the SDK once", () => {
    const sdk = untouched();
    leaveOutPromiseTraces(sdk);
    const { debuggablePromise } = sdk;
    leaveOutPromiseTraces(sdk);
    expect(sdk.debuggablePromise).to.equal(debuggablePromise);
  });

  it("changes nothing where PULUMI_DEBUG_PROMISE_LEAKS asks for traces", async () => {
    const sdk: Debuggable = { ...untouched(), debugPromiseLeaks: true };
    leaveOutPromiseTraces(sdk);
    const promise: Debugged = Promise.resolve();
    await sdk.debuggablePromise(promise);
    expect(promise._debugStackTrace).to.match(/promise-traces\.test\.ts/);
  });
});

describe("promise-traces / a hub", () => {
  const sdk = require(PATH) as Debuggable;
  const { debuggablePromise } = sdk;
  const limits = new Set<number>();
  beforeEach(async () => {
    sdk.debuggablePromise = (promise) => {
      limits.add(Error.stackTraceLimit);
      return promise;
    };
    await pulumi.runtime.setMocks({
      newResource: ({ name, inputs }) => ({ id: name, state: inputs }),
      call: ({ inputs }) => inputs,
    });
    limits.clear();
  });
  afterEach(() => {
    sdk.debuggablePromise = debuggablePromise;
  });

  it("is registered without traces of promises, and a hook that throws keeps its own", () => {
    const hub = () =>
      new IntegrationHub("hub", hubConfig(), {
        flows: [],
        transform: {
          function: () => {
            throw new Error("of the author's hook");
          },
        },
      });
    const before = Error.stackTraceLimit;
    expect(hub)
      .to.throw()
      .property("stack")
      .match(/of the author's hook[\s\S]*promise-traces\.test\.ts:\d+:\d+/);
    expect([...limits]).to.deep.equal([0]);
    expect(Error.stackTraceLimit).to.equal(before);
  });
});
