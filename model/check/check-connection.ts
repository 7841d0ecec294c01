import type { AnyAdapter } from "../adapter.ts";
import { protocolOf } from "../connection.ts";
import { checkWholeNumber } from "./check-values.ts";
import { type Problem, problem } from "./problem.ts";

/** A URI scheme (RFC 3986, section 3.1), in lower case. */
const SCHEME = /^[a-z][a-z0-9+.-]{0,31}$/;
const KEY = /^[A-Za-z_]\w{0,63}$/;

export function* checkConnection(where: string, { auth, baseUrl, egress }: AnyAdapter): Iterable<Problem> {
  if (auth.kind !== "connection") return;
  const protocol = protocolOf({ auth, baseUrl }) ?? "";
  const isHttp = /^https?$/i.test(protocol);
  if (!SCHEME.test(protocol) || isHttp)
    yield problem(
      "ADAPTER",
      `${where}, protocol`,
      isHttp ? "HTTP is no protocol of a connection" : `"${protocol}" is no name of a protocol`,
      isHttp ? "Declare an adapter with operations" : 'Write it in lower case, like "sftp"',
    );
  const wrong = auth.keys.find((key) => !KEY.test(key));
  const twice = auth.keys.find((key, i) => auth.keys.indexOf(key) !== i);
  if (wrong !== undefined || twice !== undefined || auth.keys.length === 0)
    yield problem(
      "ADAPTER",
      `${where}, keys`,
      wrong !== undefined
        ? `"${wrong}" is no name of a key`
        : twice !== undefined
          ? `"${twice}" is listed twice`
          : "it lists no key of its secret",
      'List the keys that the handler reads, once each, like ["host", "username", "password"]',
    );
  yield* checkWholeNumber({ where: `${where}, port`, value: auth.port, within: [1, 65_535] });
  if ((egress === "fixed") !== (auth.port !== undefined))
    yield problem(
      "ADAPTER",
      `${where}, ${egress === "fixed" ? "port" : "egress"}`,
      egress === "fixed" ? "the network with fixed addresses opens no port for it" : "a port is opened with fixed addresses only",
      egress === "fixed" ? "Give the port, such as 22 for SFTP" : 'Give egress: "fixed", or leave port out: the handler knows it',
    );
}
