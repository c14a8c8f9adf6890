/**
 * What nearly every case of TLS begins with: a listener whose certificate is a
 * good one, a client that trusts it, and the other end of its connection.
 *
 * @module
 */
import type {
  Conn,
  ConnectOptions,
  ConnectTlsOptions,
  Listener,
  ListenOptions,
  ListenTlsOptions,
  TlsClientOptions,
  TlsConn,
  TlsListener,
  TlsListenerOptions,
} from "@anyport/sockets";
import { errors } from "@anyport/sockets";
import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { Buffer } from "node:buffer";
import {
  type Certificates,
  certificates,
  type Identity,
} from "../../certificates.ts";
import { assertSameBytes, bytes, readText } from "../bytes.ts";
import { runtimeName } from "../capabilities.ts";
import { type Case, type Net, place, to, type Transport } from "../case.ts";

/** What the pair's ends differ in from the usual. */
export interface TlsPairOptions {
  readonly server?: TlsListenerOptions;
  readonly client?: TlsClientOptions;
  readonly over?: Transport;
}

/** A listener, and both ends of a connection to it. */
export interface TlsPair extends Disposable {
  readonly listener: TlsListener;
  readonly client: TlsConn;
  readonly server: TlsConn;
}

/** What a good server shows. */
export function serverOf(certs: Certificates): TlsListenerOptions {
  return { cert: certs.server.cert, key: certs.server.key };
}

/** How a client takes that server for what it is. */
export function clientOf(certs: Certificates): TlsClientOptions {
  return { caCerts: [certs.ca], serverName: "localhost" };
}

/** Listens like a good server, except for what is given. */
export async function listenWell(
  net: Net,
  options: TlsListenerOptions & Partial<ListenOptions> = {},
): Promise<TlsListener> {
  const where = options.path === undefined
    ? { hostname: "127.0.0.1", port: 0 }
    : {};
  return await net.listenTls({
    ...where,
    ...serverOf(await certificates()),
    ...options,
  } as ListenTlsOptions);
}

/** Connects like a good client, except for what is given. */
export async function connectWell(
  net: Net,
  listener: Pick<Listener, "addr">,
  options: TlsClientOptions = {},
): Promise<TlsConn> {
  return await net.connectTls({
    ...to(listener),
    ...clientOf(await certificates()),
    ...options,
  } as ConnectTlsOptions);
}

/** Connects a client to a listener of its own; the handshake is under way. */
export async function tlsPair(
  net: Net,
  { server: serverOptions, client: clientOptions, over = "tcp" }:
    TlsPairOptions = {},
): Promise<TlsPair> {
  const certs = await certificates();
  const where = place(over);
  const listener = await net.listenTls(
    {
      ...where.listen,
      ...serverOf(certs),
      ...serverOptions,
    } as ListenOptions & TlsListenerOptions,
  );
  const [client, server] = await Promise.all([
    net.connectTls(
      {
        ...to(listener),
        ...clientOf(certs),
        ...clientOptions,
      } as ConnectOptions & TlsClientOptions,
    ),
    listener.accept(),
  ]);
  return {
    listener,
    client,
    server,
    [Symbol.dispose]() {
      client.close();
      server.close();
      listener.close();
      where[Symbol.dispose]();
    },
  };
}

/** A good client is served by a listener, to the end. */
export async function assertServesTls(
  net: Net,
  listener: TlsListener,
  options: TlsClientOptions = {},
): Promise<void> {
  const [client, server] = await Promise.all([
    connectWell(net, listener, options),
    listener.accept(),
  ]);
  try {
    await assertTalk(client, server);
  } finally {
    client.close();
    server.close();
  }
}

/** Both ends hear each other. */
export async function assertTalk(one: Conn, other: Conn): Promise<void> {
  await one.write(bytes("ping"));
  assertEquals(await readText(other), "ping");
  await other.write(bytes("pong"));
  assertEquals(await readText(one), "pong");
}

/** The same promises over TLS; of the cases, those that are kept to plain TCP. */
export function overTls(
  cases: readonly Case[],
  but: readonly string[] = [],
): Case[] {
  const kept = cases
    .filter(({ name }) => name.endsWith(" (tcp)"))
    .map(({ name, ...rest }) => ({ ...rest, name: name.slice(0, -6) }))
    .filter(({ name }) => !but.includes(name));
  return withCertificates(kept.map(({ name, needs, run }) => ({
    name: `${name} (TLS)`,
    needs,
    run: async (net) => await run(await secured(net)),
  })));
}

/** A network all of whose connections are over TLS, and have shaken hands. */
export async function secured(net: Net): Promise<Net> {
  const certs = await certificates();
  return {
    ...net,
    async listen(options: ListenOptions): Promise<Listener> {
      const listener = await net.listenTls(
        { ...options, ...serverOf(certs) } as ListenTlsOptions,
      );
      const accept = listener.accept.bind(listener);
      listener.accept = async (options) => shaken(await accept(options));
      return listener;
    },
    async connect(options: ConnectOptions): Promise<Conn> {
      return shaken(
        await net.connectTls(
          { ...options, ...clientOf(certs) } as ConnectTlsOptions,
        ),
      );
    },
  } as Net;
}

async function shaken<C extends TlsConn>(conn: C): Promise<C> {
  await conn.handshake();
  return conn;
}

/** The certificates of a PEM text in DER. */
export function dersOf(pem: string): Uint8Array[] {
  const texts = pem.matchAll(
    /-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/g,
  );
  return Array.from(
    texts,
    ([, base64]) => Uint8Array.from(Buffer.from(base64, "base64")),
  );
}

/** The certificate that comes along behind an identity's own. */
export function issuerOf({ cert }: Identity): string {
  return cert.slice(cert.indexOf("-----BEGIN", 1));
}

/** Fails unless these certificates are the first ones, in this order. */
export function assertFirst(
  actual: readonly Uint8Array[],
  pem: string,
): void {
  const expected = dersOf(pem);
  assert(actual.length >= expected.length, `${actual.length} certificates`);
  for (const [i, der] of expected.entries()) assertSameBytes(actual[i], der);
}

/** Cases of TLS: they need certificates, and leave nothing open. */
export function withCertificates(cases: readonly Case[]): Case[] {
  return cases.map(({ name, needs = [], run }) => ({
    name,
    needs: [...needs, "openssl"],
    async run(net) {
      const before = openResources();
      await run(net);
      // A failed connection closes after its peer has, without an event; the sanitizers
      // of Deno look at the end of the test.
      const deadline = performance.now() + MAX_CLOSING_MS;
      do {
        await new Promise((resolve) => setTimeout(resolve, 0));
      } while (openResources() > before && performance.now() < deadline);
    },
  }));
}

/** How long connections may take to close after a test, before it fails. */
const MAX_CLOSING_MS = 1_000;

/** How many resources Deno has open; 0 on other runtimes. */
function openResources(): number {
  if (runtimeName !== "deno") return 0;
  const { Deno } = globalThis as unknown as {
    Deno:
      & { internal: symbol }
      & Record<
        symbol,
        { core: { resources(): object } }
      >;
  };
  return Object.keys(Deno[Deno.internal].core.resources()).length;
}

/** The ways in which a connection tells that it is over. */
export type Telling = "handshake" | "read" | "readChunk" | "write";

/** What one of the ways has come to. */
export function told(conn: TlsConn, way: Telling): Promise<unknown> {
  switch (way) {
    case "handshake":
      return conn.handshake();
    case "read":
      return conn.read(new Uint8Array(10));
    case "readChunk":
      return conn.readChunk();
    case "write":
      return conn.write(bytes("not to be read"));
  }
}

const CODES = {
  InvalidData: "EPROTO",
  UnexpectedEof: "EOF",
  ConnectionReset: "ECONNRESET",
  TimedOut: "ETIMEDOUT",
  Interrupted: "EINTR",
  BrokenPipe: "EPIPE",
};

/** How a call may end that does not do what it is for. */
export type Ending = keyof typeof CODES;

/** Fails unless the promise rejects in one of the ways; resolves with the error. */
export async function assertEnds(
  promise: Promise<unknown>,
  endings: Ending | readonly Ending[],
  operation?: string,
): Promise<errors.SocketError> {
  const outcome = await promise.then(
    (value) => new Error(`it resolved ${JSON.stringify(value)}`),
    (error) => error,
  );
  const allowed: readonly string[] = [endings].flat();
  assertInstanceOf(outcome, errors.SocketError, String(outcome));
  if (!allowed.includes(outcome.name)) throw outcome;
  assertEquals(outcome.code, CODES[outcome.name as Ending]);
  if (operation !== undefined) assertEquals(outcome.operation, operation);
  // Whatever a peer does wrong has one, on every runtime.
  if (outcome.code === "EPROTO" && !isOwnFault(outcome)) {
    assert(outcome.reason !== undefined, outcome.message);
  }
  return outcome;
}

/** Whether it is no fault of the peer's: see `tls_reasons.ts`. */
function isOwnFault({ message }: Error): boolean {
  return message.includes("chooseCertificate") ||
    message.includes("came in the clear");
}
