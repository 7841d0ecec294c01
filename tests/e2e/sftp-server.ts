import { generateKeyPairSync } from "node:crypto";
import type { AddressInfo } from "node:net";
import ssh2, { type AuthContext, type Connection, type FileEntry, type SFTPWrapper } from "ssh2";

const { OPEN_MODE, STATUS_CODE } = ssh2.utils.sftp;

/**
 * An SFTP server on this machine with files in memory, as many as the test needs of the protocol's version 3.
 * https://datatracker.ietf.org/doc/html/draft-ietf-secsh-filexfer-02
 */
export async function sftpServer(user: { readonly name: string; readonly password: string }) {
  const files = new Map<string, Buffer>();
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  const hostKey = privateKey.export({ type: "pkcs1", format: "pem" });
  const parsed = ssh2.utils.parseKey(hostKey);
  if (parsed instanceof Error) throw parsed;
  const open = new Set<Connection>();
  let refusals = 0;
  const server = new ssh2.Server({ hostKeys: [hostKey] }, (client) => {
    open.add(client);
    client
      .on("authentication", (context: AuthContext) =>
        refusals === 0 && context.method === "password" && context.username === user.name && context.password === user.password
          ? context.accept()
          : context.reject(["password"]),
      )
      .on("session", (accept) => accept().on("sftp", (acceptSftp) => serve(acceptSftp(), files)))
      .on("close", () => {
        open.delete(client);
        refusals = Math.max(0, refusals - 1);
      })
      // A client that goes away is no fault of the server.
      .on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    /** As known_hosts has it. */
    hostKey: parsed.getPublicSSH().toString("base64"),
    files,
    /** Refuses the logins of the next connections. */
    refuse: (times: number) => {
      refusals = times;
    },
    close: () => {
      for (const client of open) client.end();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function serve(sftp: SFTPWrapper, files: Map<string, Buffer>): void {
  const names: string[] = [];
  const handleOf = (name: string) => Buffer.from([names.push(name) - 1]);
  const nameOf = (handle: Buffer) => names[handle[0] ?? -1] ?? "";
  const attributes = (size: number) => ({ mode: 0o100_644, uid: 0, gid: 0, size, atime: 0, mtime: 0 });
  const stat = (id: number, name: string) => {
    const content = files.get(name);
    if (content) sftp.attrs(id, attributes(content.length));
    else sftp.status(id, STATUS_CODE.NO_SUCH_FILE);
  };
  sftp
    .on("OPEN", (id, name, flags) => {
      const writes = (flags & OPEN_MODE.WRITE) !== 0;
      if (writes) files.set(name, Buffer.alloc(0));
      if (files.has(name)) sftp.handle(id, handleOf(name));
      else sftp.status(id, STATUS_CODE.NO_SUCH_FILE);
    })
    .on("READ", (id, handle, offset, length) => {
      const part = files.get(nameOf(handle))?.subarray(offset, offset + length);
      if (part?.length) sftp.data(id, part);
      else sftp.status(id, STATUS_CODE.EOF);
    })
    .on("WRITE", (id, handle, offset, data) => {
      const name = nameOf(handle);
      const before = files.get(name) ?? Buffer.alloc(0);
      files.set(name, Buffer.concat([before.subarray(0, offset), data]));
      sftp.status(id, STATUS_CODE.OK);
    })
    .on("FSTAT", (id, handle) => stat(id, nameOf(handle)))
    .on("STAT", stat)
    .on("LSTAT", stat)
    .on("CLOSE", (id) => sftp.status(id, STATUS_CODE.OK))
    .on("FSETSTAT", (id) => sftp.status(id, STATUS_CODE.OK))
    .on("SETSTAT", (id) => sftp.status(id, STATUS_CODE.OK))
    .on("REMOVE", (id, name) => sftp.status(id, files.delete(name) ? STATUS_CODE.OK : STATUS_CODE.NO_SUCH_FILE))
    .on("REALPATH", (id, path) => {
      const filename = path === "." ? "/" : path;
      sftp.name(id, [{ filename, longname: filename, attrs: attributes(0) } satisfies FileEntry]);
    });
}
