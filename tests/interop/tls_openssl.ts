/**
 * OpenSSL's `s_client` and `s_server`, and what they print.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { Talker } from "./talker.ts";
import type { AgentListener } from "./tls_agent.ts";

/** The protocol versions as its flags. */
export const VERSIONS = { "-tls1_2": "TLSv1.2", "-tls1_3": "TLSv1.3" } as const;
/** One of them. */
export type VersionFlag = keyof typeof VERSIONS;

/** What is sent; it may come in the middle of a line, as tickets print many. */
export const PING = /ping\n/;

/** Says "ping", and waits for it to come back. @returns Whether it did */
export async function ping(client: Talker): Promise<boolean> {
  await client.tell("ping\n");
  return await client.said(PING) !== null;
}

/** Starts a client. */
export function sClient(port: number, flags: string[]): Talker {
  return openssl("s_client", "-connect", `127.0.0.1:${port}`, ...flags);
}

/** Fails unless a client is refused. @returns What it prints of that */
export async function assertRefused(
  listener: AgentListener,
  flags: string[],
): Promise<ReturnType<typeof clientPrinted>> {
  await using client = sClient(listener.port, flags);
  const [{ info, failed }, isIn] = await Promise.all([
    listener.accept([["handshake"], ["echo"]]),
    ping(client),
  ]);
  assertEquals([isIn, info], [false, undefined]);
  assertEquals(failed?.error, "InvalidData EPROTO");
  return clientPrinted(await client.end());
}

/** What a client prints of the handshake. */
export function clientPrinted(output: string) {
  const [, novelty, version, cipher] =
    /^(New|Reused), (\S+), Cipher is (\S+)$/m.exec(output) ?? [];
  return {
    novelty,
    version,
    cipher,
    alpn: /^ALPN protocol: (\S+)$/m.exec(output)?.[1] ?? null,
    certificate: commonName(output),
    verified: /^ *Verify return code: 0 \(ok\)$/m.test(output),
  };
}

/** Starts a server for one client, and waits until it listens. */
export async function sServer(
  flags: string[],
): Promise<{ server: Talker; port: number }> {
  const where = ["-accept", "127.0.0.1:0", "-naccept", "1"];
  const server = openssl("s_server", ...where, ...flags);
  try {
    const [, port] = await server.says(/^ACCEPT \S+:(\d+)$/m);
    return { server, port: Number(port) };
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

/** What a server prints of the handshake. */
export function serverPrinted(output: string) {
  return {
    cipher: /^CIPHER is (\S+)$/m.exec(output)?.[1],
    alpn: /^ALPN protocols selected: (\S+)$/m.exec(output)?.[1] ?? null,
    serverName: /^Hostname in TLS extension: "(.+)"$/m.exec(output)?.[1] ??
      null,
    certificate: commonName(output),
    verified: !/^verify error/m.test(output),
  };
}

/** The name in the peer's certificate. */
function commonName(output: string): string | null {
  return /^subject=CN ?= ?(.+)$/m.exec(output)?.[1] ?? null;
}

function openssl(...args: string[]): Talker {
  return new Talker({ command: "openssl", args, env: {} });
}
