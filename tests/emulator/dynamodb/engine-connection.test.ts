import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { exchange } from "../../../emulator/dynamodb/engine-connection.ts";
import { failure } from "../endpoint/fixture.ts";

describe("dynamodb / connection to the engine", () => {
  let server: Server;
  let url: string;
  let sockets: Socket[];
  let received: string[];
  /** Answers one request. */
  let answer: (socket: Socket, n: number) => void;
  beforeEach(async () => {
    [sockets, received] = [[], []];
    server = createServer((socket) => {
      sockets.push(socket);
      socket
        .on("error", () => {})
        .on("data", (data) => {
          received.push(data.toString());
          answer(socket, received.length);
        });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/path`;
  });
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const response = (body: string, status = "200 OK") =>
    `HTTP/1.1 ${status}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nx: y\r\n\r\n${body}`;

  it("sends one request after the other, and reads an answer in whatever pieces it comes", async () => {
    answer = (socket, n) => {
      const bytes = Buffer.from(response(`é${n}`, n === 1 ? "200 OK" : "400 Bad Request"));
      for (const byte of bytes) socket.write(Buffer.from([byte]));
    };
    socketsWithoutDelay();
    expect(await exchange(url, { a: "b" }, "ü")).to.deep.equal({ status: 200, text: "é1" });
    expect(await exchange(url, { a: "b" }, "")).to.deep.equal({ status: 400, text: "é2" });
    const host = new URL(url).host;
    expect(received).to.deep.equal(
      ["ü", ""].map(
        (body) => `POST /path HTTP/1.1\r\nhost: ${host}\r\na: b\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      ),
    );
    expect(sockets).to.have.length(1);
  });

  it("opens a connection for each call that is under way", async () => {
    answer = (_, n) => n === 2 && sockets.forEach((socket, i) => void socket.write(response(String(i))));
    const texts = (await Promise.all([exchange(url, {}, "1"), exchange(url, {}, "2")])).map(({ text }) => text);
    expect(texts.sort()).to.deep.equal(["0", "1"]);
  });

  it("calls again when the engine has closed an idle connection, and not when it breaks off a call on a new one", async () => {
    answer = (socket, n) => (n === 2 ? socket.destroy() : socket.write(response("ok")));
    expect((await exchange(url, {}, "")).text).to.equal("ok");
    expect((await exchange(url, {}, "")).text).to.equal("ok");
    expect(sockets).to.have.length(2);
    answer = (socket) => socket.destroy();
    for (const socket of sockets) socket.destroy();
    expect(await failure(exchange(url, {}, ""))).to.be.instanceOf(Error);
  });

  it("refuses an answer that is no response, or does not say how long it is", async () => {
    for (const text of ["hello\r\n\r\n", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", "x".repeat(20_000)]) {
      answer = (socket) => socket.write(text);
      expect((await failure(exchange(url, {}, ""))).message).to.equal(
        "The engine's answer is not a response with a Content-Length.",
      );
    }
  });

  function socketsWithoutDelay() {
    server.on("connection", (socket: Socket) => socket.setNoDelay(true));
  }
});
