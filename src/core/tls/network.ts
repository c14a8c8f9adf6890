/**
 * TLS over the plain connections of an adapter, by the engine that it supplies.
 *
 * @module
 */
import { socketError } from "../errno.ts";
import type { Operation } from "../../api/errors.ts";
import type {
  ConnectTlsOptions,
  ListenTlsOptions,
  StartTlsOptions,
  TlsConn,
  TlsCredentials,
  TlsListener,
} from "../../api/tls.ts";
import type {
  Addr,
  Conn,
  ConnectOptions,
  Listener,
  ListenOptions,
} from "../../api/stream.ts";
import { AcceptQueue } from "../stream/listener.ts";
import { StreamConn, type Upgrade, type UpgradeCheck } from "../stream/conn.ts";
import type { ConnBackend } from "../stream/backend.ts";
import { knownOptions, only, OPTIONS } from "../options/option_names.ts";
import type { Detached, ReadQueue } from "../stream/read_queue.ts";
import {
  checkMaxHandshakes,
  type ClientPlan,
  planClient,
  planReload,
  planServer,
  planStart,
} from "../options/tls.ts";
import { HANDSHAKE_RECORD } from "./client_hello.ts";
import { TlsAcceptQueue, TlsStreamConn } from "./conn.ts";
import type { TlsBackend } from "./backend.ts";
import { Acceptor, HandshakeLimiter } from "./server.ts";
import { TlsConnBackend } from "./conn_backend.ts";
import { clientWith } from "./material.ts";

/** The plain streams below TLS. */
export interface PlainStreams {
  listen(options: ListenOptions): Promise<Listener>;
  connect(options: ConnectOptions): Promise<Conn>;
}

/** Creates the TLS functions of an adapter. */
export function tlsOver(
  { listen, connect }: PlainStreams,
  tlsBackend: TlsBackend,
) {
  async function listenTls(given: ListenTlsOptions): Promise<TlsListener> {
    const options = knownOptions(given, OPTIONS.listenTls, "listen with TLS");
    const plan = planServer(options);
    const places = checkMaxHandshakes(options);
    const limiter = places === Infinity
      ? undefined
      : new HandshakeLimiter(places);
    let acceptor = new Acceptor(plan, tlsBackend, "listenTls");
    const inner = await listen(
      only<ListenOptions>(options, OPTIONS.listen),
    );
    AcceptQueue.acceptInstead(
      inner,
      (backend) => accept(backend, undefined, acceptor, limiter),
    );
    // deno-lint-ignore require-await -- rejects, instead of throwing
    return new TlsAcceptQueue(inner, async (credentials: TlsCredentials) => {
      acceptor = new Acceptor(
        planReload(acceptor.plan, credentials),
        tlsBackend,
        "reload",
      );
    });
  }

  async function connectTls(given: ConnectTlsOptions): Promise<TlsConn> {
    const options = knownOptions(given, OPTIONS.connectTls, "connect with TLS");
    // Refused by `connect`, with the same error.
    if (typeof options !== "object" || options === null) {
      return await connect(options) as TlsConn;
    }
    const plan = planClient(
      options,
      options.path === undefined ? options.hostname ?? "127.0.0.1" : undefined,
    );
    const begin = client(plan, tlsBackend, "connectTls");
    const conn = await connect(
      only<ConnectOptions>(options, OPTIONS.connect),
    );
    try {
      return begin(
        StreamConn.upgrade(conn, "connectTls", clientCheck(conn, tlsBackend)),
      );
    } catch (error) {
      // The caller has no reference to close the connection by.
      conn.close();
      throw error;
    }
  }

  async function startTls<A extends Addr>(
    conn: Conn<A>,
    options?: StartTlsOptions,
  ): Promise<TlsConn<A>> {
    StreamConn.checkOwn(conn);
    const remote = conn.remoteAddr;
    const plan = planStart(
      options,
      remote?.transport === "tcp" ? remote.hostname : undefined,
    );
    if (plan.role === "client") {
      const begin = client<A>(plan, tlsBackend, "startTls");
      const check = clientCheck(conn, tlsBackend);
      return await StreamConn.upgradeInTurn(conn, "startTls", check, begin);
    }
    const acceptor = new Acceptor(plan, tlsBackend, "startTls");
    const check = serverCheck(conn, tlsBackend);
    return await StreamConn.upgradeInTurn(
      conn,
      "startTls",
      check,
      ({ backend, early, setSuccessor }) => {
        const secured = accept(backend, early, acceptor, undefined);
        setSuccessor(secured);
        return secured;
      },
    );
  }

  return { listenTls, connectTls, startTls };
}

/** Prepares a client, and refuses what can be refused before there is a connection. */
function client<A extends Addr>(
  plan: ClientPlan,
  tlsBackend: TlsBackend,
  operation: Operation,
): (parts: Upgrade<A>) => TlsConn<A> {
  const begin = clientWith(tlsBackend, operation, plan);
  return ({ backend: plain, early, setSuccessor }) => {
    const backend = new TlsConnBackend(
      plain,
      early,
      plan.handshakeTimeoutMs,
    );
    const secured = new TlsStreamConn(backend);
    setSuccessor(secured);
    backend.begin(begin);
    return secured;
  };
}

/** Creates the check before an upgrade to a TLS client. */
function clientCheck(
  conn: Conn,
  tlsBackend: TlsBackend,
): UpgradeCheck {
  return (reads, backend) => {
    checkSupport(tlsBackend, backend);
    // A server sends nothing before the ClientHello.
    if (reads.stored > 0) throw inTheClear(conn, reads);
  };
}

/** Creates the check before an upgrade to a TLS server. */
function serverCheck(
  conn: Conn,
  tlsBackend: TlsBackend,
): UpgradeCheck {
  return (reads, backend) => {
    checkSupport(tlsBackend, backend);
    // The ClientHello may have arrived already.
    if (reads.stored > 0 && reads.first !== HANDSHAKE_RECORD) {
      throw inTheClear(conn, reads);
    }
  };
}

/** Creates the server side of a TLS connection, which owns the plain one. */
function accept<A extends Addr>(
  plain: ConnBackend<A>,
  early: Detached | undefined,
  acceptor: Acceptor,
  limiter: HandshakeLimiter | undefined,
): TlsConn<A> {
  const { handshakeTimeoutMs, helloTimeoutMs } = acceptor.plan;
  let leave: (() => void) | undefined;
  const backend = new TlsConnBackend(
    plain,
    early,
    handshakeTimeoutMs,
    () => leave?.(),
    helloTimeoutMs,
  );
  const secured = new TlsStreamConn(backend);
  acceptor.accept(
    backend,
    limiter && ((enter) => {
      leave = limiter.queue(enter);
      // The handshake may have ended before, or at once.
      if (backend.handshakeSettled) leave();
    }),
  );
  return secured;
}

function checkSupport(
  tlsBackend: TlsBackend,
  backend: ConnBackend<Addr>,
): void {
  const reason = tlsBackend.refusal?.(backend);
  if (reason !== undefined) {
    throw socketError("ENOTSUP", "startTls", backend.remoteAddr, { reason });
  }
}

/**
 * Creates the error for unread plaintext, which an attacker between the peers could
 * have inserted (RFC 3207 §6, RFC 9051 §11.3).
 */
function inTheClear(conn: Conn, reads: ReadQueue): Error {
  return socketError("EPROTO", "startTls", conn.remoteAddr, {
    reason:
      `${reads.stored} bytes that came in the clear were not read; read and check them first`,
  });
}
