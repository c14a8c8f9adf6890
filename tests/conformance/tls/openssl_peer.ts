/**
 * OpenSSL's command as a peer that can be told which cipher suites to use.
 *
 * @module
 */
import type { Listener } from "@anyport/sockets";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Identity } from "../../certificates.ts";

/** What one handshake of `openssl s_client` has come to. */
export interface Shaken {
  readonly version: string | undefined;
  /** By OpenSSL's name; `undefined` where there was no handshake. */
  readonly cipher: string | undefined;
}

/** Shakes hands with a listener, and closes. */
export async function opensslClient(
  { addr }: Pick<Listener, "addr">,
  ...flags: string[]
): Promise<Shaken> {
  const { port } = addr as { port: number };
  const args = ["s_client", "-connect", `127.0.0.1:${port}`, ...flags];
  const child = spawn("openssl", args, { stdio: ["pipe", "pipe", "ignore"] });
  let output = "";
  child.stdout!.on("data", (text) => output += text);
  child.stdin!.on("error", () => {}); // It may be gone before.
  child.stdin!.end();
  await once(child, "close");
  const [, version, cipher] = /^New, (\S+), Cipher is (\S+)$/m.exec(output) ??
    [];
  return cipher === "(NONE)" ? { version: undefined, cipher: undefined } : {
    version,
    cipher,
  };
}

/** `openssl s_server`, for one client. */
export class OpensslServer implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #directory: string;
  readonly #closed: Promise<unknown>;
  readonly addr: { transport: "tcp"; hostname: string; port: number };

  private constructor(
    child: ChildProcess,
    directory: string,
    closed: Promise<unknown>,
    port: number,
  ) {
    this.#child = child;
    this.#directory = directory;
    this.#closed = closed;
    this.addr = { transport: "tcp", hostname: "127.0.0.1", port };
  }

  /** Listens on a port of its own. */
  static async listen(
    { cert, key }: Identity,
    ...flags: string[]
  ): Promise<OpensslServer> {
    const directory = mkdtempSync(join(tmpdir(), "anyport-peer-"));
    const [certFile, keyFile] = ["cert.pem", "key.pem"].map((name) =>
      join(directory, name)
    );
    writeFileSync(certFile, cert);
    writeFileSync(keyFile, key);
    const child = spawn("openssl", [
      ...["s_server", "-accept", "127.0.0.1:0", "-naccept", "1"],
      ...["-cert", certFile, "-key", keyFile, "-cert_chain", certFile],
      ...flags,
    ], { stdio: ["pipe", "pipe", "ignore"] });
    const closed = once(child, "close");
    let output = "";
    const port = await new Promise<number>((resolve, reject) => {
      child.stdout!.on("data", (text) => {
        output += text;
        const [, port] = /^ACCEPT \S+:(\d+)$/m.exec(output) ?? [];
        if (port !== undefined) resolve(Number(port));
      });
      closed.then(() => reject(new Error("s_server ended: " + output)), reject);
    });
    return new OpensslServer(child, directory, closed, port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill();
    await this.#closed;
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
