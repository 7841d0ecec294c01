import { expect } from "chai";
import { describe, it } from "mocha";
import { type Deployments, type DescribedParty, whileRouted } from "../../../checks/smoke/routed.ts";
import { answer, type Call, type Fault, type Memory } from "../../../checks/smoke/sandbox/party.ts";
import { probeBody } from "../../../checks/smoke/sandbox/probe.ts";
import { deploy } from "../../components/deploy.ts";
import { bench, request } from "../../emulator/apigateway/fixture.ts";

const PARTIES: readonly DescribedParty[] = [
  {
    name: "erp",
    tokenUrl: "https://erp.example.com/oauth/token",
    operations: [
      { name: "register", method: "POST", path: "/orders", example: { erpId: "E-1" } },
      { name: "show", method: "GET", path: "/orders/:id" },
    ],
  },
  { name: "bank", operations: [] },
];

/** Steps of a run, of which those in `failing` fail. */
function deployments(failing: readonly string[] = []) {
  const steps: string[] = [];
  const step = (name: string) => {
    steps.push(name);
    return failing.includes(name) ? Promise.reject(new Error(`${name} failed`)) : Promise.resolve();
  };
  let routed: unknown;
  const made: Deployments = {
    async deploySandbox() {
      await step("deploy");
      return { sandboxUrl: "https://sandbox.example.com/key", probeUrl: "https://probe.example.com/v1" };
    },
    removeSandbox: () => step("remove"),
    route(addresses) {
      routed = addresses;
      return step("route");
    },
    restore: () => step("restore"),
  };
  const run = () => step("run").then(() => "results");
  return { steps, made, run, routed: () => routed };
}

function inMemory(): Memory {
  const calls: { correlationId: string; call: Call }[] = [];
  const faults = new Map<string, Fault>();
  return {
    add: async (correlationId, call) => void calls.push({ correlationId, call }),
    calls: async (id) => calls.filter(({ correlationId }) => correlationId === id).map(({ call }) => call),
    setFault: async (fault) => void faults.set(`${fault.target} ${fault.operation}`, fault),
    async takeFault(target, operation) {
      const fault = faults.get(`${target} ${operation}`);
      if (!fault || fault.times === 0) return undefined;
      faults.set(`${target} ${operation}`, { ...fault, times: fault.times - 1 });
      return fault.status;
    },
  };
}

describe("smoke / sandbox", () => {
  it("stands in for each third party while the checks run, and is removed after the stack is restored", async () => {
    const { steps, made, run, routed } = deployments();
    expect(await whileRouted(made, PARTIES, run)).to.equal("results");
    expect(steps).to.deep.equal(["deploy", "route", "run", "restore", "remove"]);
    const base = "https://sandbox.example.com/key";
    expect(routed()).to.deep.equal({
      erp: { baseUrl: `${base}/erp`, tokenUrl: `${base}/erp/_token` },
      bank: { baseUrl: `${base}/bank` },
    });
  });

  for (const [failing, expected] of [
    [["run"], ["deploy", "route", "run", "restore", "remove"]],
    [["route"], ["deploy", "route", "restore", "remove"]],
    // The stack still calls the sandbox.
    [["restore"], ["deploy", "route", "run", "restore"]],
    [["deploy"], ["deploy"]],
  ] as const)
    it(`leaves nothing behind that the stack does not call, when ${failing[0]} fails`, async () => {
      const { steps, made, run } = deployments(failing);
      const error = await whileRouted(made, PARTIES, run).catch((caught: Error) => caught);
      expect(error).to.be.an("error").with.property("message", `${failing[0]} failed`);
      expect(steps).to.deep.equal(expected);
    });

  it("answers by the operations' examples, keeps calls without credentials, and fails as often as a fault says", async () => {
    const memory = inMemory();
    const call = async (method: string, path: string, body: unknown = {}) => {
      const headers = { authorization: "Bearer secret", "x-correlation-id": "c-1" };
      const text = JSON.stringify(body);
      const query = new URLSearchParams({ correlationId: "c-1" });
      const { statusCode, body: given } = await answer({ method, path, query, headers, body: text }, "key", PARTIES, memory);
      return [statusCode, JSON.parse(given)] as const;
    };
    expect(await call("POST", "/key/erp/_token")).to.deep.include(200);
    await call("PUT", "/key/_faults", { target: "erp", operation: "register", mode: "error", status: 503, times: 1 });
    expect((await call("POST", "/key/erp/orders", { n: 1 }))[0]).to.equal(503);
    expect(await call("POST", "/key/erp/orders", { n: 2 })).to.deep.equal([200, { erpId: "E-1" }]);
    expect(await call("GET", "/key/erp/orders/7")).to.deep.equal([200, {}]);
    expect((await call("GET", "/key/erp/nowhere"))[0]).to.equal(404);
    for (const path of ["/wrong/erp/orders", "//erp/orders", "/key/nobody/orders"])
      expect((await call("POST", path))[0]).to.equal(404);
    const [, calls] = (await call("GET", "/key/_calls")) as readonly [number, readonly Call[]];
    expect(calls.map(({ operation, status }) => [operation, status])).to.deep.equal([
      ["register", 503],
      ["register", 200],
      ["show", 200],
      [null, 404],
    ]);
    expect(JSON.stringify(calls)).not.to.include("secret");
  });

  it("has an API that the emulator answers as docs/unknowns.md says", async () => {
    const { api } = bench({ body: JSON.parse(probeBody("probe")), apiKeys: [], usagePlans: [] });
    const get = async (path: string) => api.handle(request("GET", path));
    expect(JSON.parse((await get("/path/a%20b%C3%A9?q=1&q=c%20d")).body.toString())).to.deep.equal({
      path: "a%20b%C3%A9",
      query: "c d",
    });
    const once = await get("/override/once");
    expect([once.status, once.headers["X-Probe"]]).to.deep.equal([409, "first"]);
    expect((await get("/override/twice")).status).to.be.within(500, 599);
  });

  it("is a program whose function may do no more than keep calls, behind a URL that both permissions open", async () => {
    const deployed = await deploy(() => import("../../../checks/smoke/sandbox/index.ts"), {
      config: { "sandbox:parties": JSON.stringify(PARTIES) },
    });
    const { handler, environment } = deployed.of("Function", "function").inputs as {
      handler: string;
      environment: { variables: object };
    };
    expect([handler, Object.keys(environment.variables)]).to.deep.equal(["index.handler", ["SANDBOX_KEY", "SANDBOX_TABLE"]]);
    const statements = JSON.parse(String(deployed.of("RolePolicy", "policy").inputs.policy)).Statement as { Action: string[] }[];
    expect(statements.flatMap(({ Action }) => Action)).to.have.members([
      ...["dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"],
      ...["logs:CreateLogStream", "logs:PutLogEvents"],
    ]);
    expect(deployed.of("Permission", "url-permission").inputs).to.include({ functionUrlAuthType: "NONE" });
    expect(deployed.of("Permission", "call-permission").inputs).to.include({ invokedViaFunctionUrl: true });
  });
});
