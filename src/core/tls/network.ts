/**
 * TLS on a network that has none, by an engine.
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
  TlsNetwork,
} from "../../api/tls.ts";
import type {
  Addr,
  Conn,
  ConnectOptions,
  ListenOptions,
  Network,
} from "../../api/stream.ts";
import { acceptInstead } from "../stream/listener.ts";
import {
  checkOwn,
  type Handing,
  handOver,
  handOverInTurn,
  type Link,
} from "../stream/conn.ts";
import { knownOptions, only, OPTIONS } from "../options/option_names.ts";
import type { ReadQueue, Surrendered } from "../stream/read_queue.ts";
import { checkMaxHandshakes } from "../options/tls_checks.ts";
import { HANDSHAKE_RECORD } from "./client_hello.ts";
import { tlsConnOver } from "./conn.ts";
import type { Engines } from "./backend.ts";
import { Gate } from "./handshake_limiter.ts";
import { TlsLink } from "./link.ts";
import { tlsListenerOver } from "./listener.ts";
import { clientWith } from "./material.ts";
import {
  type ClientPlan,
  planClient,
  planReload,
  planServer,
  planStart,
} from "../options/tls.ts";
import { Acceptor } from "./server.ts";

/** Makes the TLS of a wing. */
export function tlsOver(
  { listen, connect }: Network,
  engines: Engines,
): TlsNetwork {
  async function listenTls(given: ListenTlsOptions): Promise<TlsListener> {
    const options = knownOptions(given, OPTIONS.listenTls, "listen with TLS");
    const plan = planServer(options);
    const places = checkMaxHandshakes(options);
    const gate = places === Infinity ? undefined : new Gate(places);
    let acceptor = new Acceptor(plan, engines, "listenTls");
    const inner = await listen(
      only<ListenOptions>(options, OPTIONS.listen),
    );
    acceptInstead(inner, (link) => accept(link, undefined, acceptor, gate));
    // deno-lint-ignore require-await -- rejects, instead of throwing
    return tlsListenerOver(inner, async (credentials: TlsCredentials) => {
      acceptor = new Acceptor(
        planReload(acceptor.plan, credentials),
        engines,
        "reload",
      );
    });
  }

  async function connectTls(given: ConnectTlsOptions): Promise<TlsConn> {
    const options = knownOptions(given, OPTIONS.connectTls, "connect with TLS");
    // Refused where the others are.
    if (typeof options !== "object" || options === null) {
      return await connect(options) as TlsConn;
    }
    const plan = planClient(
      options,
      options.path === undefined ? options.hostname ?? "127.0.0.1" : undefined,
    );
    const begin = client(plan, engines, "connectTls");
    const conn = await connect(
      only<ConnectOptions>(options, OPTIONS.connect),
    );
    try {
      return begin(handOver(conn, "startTls", clientCheck(conn, engines)));
    } catch (error) {
      // The caller has nothing to close it by.
      conn.close();
      throw error;
    }
  }

  async function startTls<A extends Addr>(
    conn: Conn<A>,
    options?: StartTlsOptions,
  ): Promise<TlsConn<A>> {
    checkOwn(conn);
    const remote = conn.remoteAddr;
    const plan = planStart(
      options,
      remote?.transport === "tcp" ? remote.hostname : undefined,
    );
    if (plan.role === "client") {
      const begin = client<A>(plan, engines, "startTls");
      const check = clientCheck(conn, engines);
      return await handOverInTurn(conn, "startTls", check, begin);
    }
    const acceptor = new Acceptor(plan, engines, "startTls");
    const check = serverCheck(conn, engines);
    return await handOverInTurn(conn, "startTls", check, ({ handed, heir }) => {
      const { link, early } = handed;
      const secured = accept(link, early, acceptor, undefined);
      heir(secured);
      return secured;
    });
  }

  return { listenTls, connectTls, startTls } as TlsNetwork;
}

/** A client's way to secure connections; what can be refused before one is made has been. */
function client<A extends Addr>(
  plan: ClientPlan,
  engines: Engines,
  operation: Operation,
): (given: Handing<A>) => TlsConn<A> {
  const begin = clientWith(engines, operation, plan);
  return ({ handed, heir }) => {
    const link = new TlsLink(
      handed.link,
      handed.early,
      plan.handshakeTimeoutMs,
    );
    const secured = tlsConnOver(link);
    heir(secured);
    link.begin(begin);
    return secured;
  };
}

/** What keeps a connection from being secured by its client. */
function clientCheck(
  conn: Conn,
  engines: Engines,
): (reads: ReadQueue, link: Link<Addr>) => void {
  return (reads, link) => {
    checkSupport(engines, link);
    // A server says nothing before the client does.
    if (reads.stored > 0) throw inTheClear(conn, reads);
  };
}

/** What keeps one from being secured by its server. */
function serverCheck(
  conn: Conn,
  engines: Engines,
): (reads: ReadQueue, link: Link<Addr>) => void {
  return (reads, link) => {
    checkSupport(engines, link);
    // A client may have begun already.
    if (reads.stored > 0 && reads.first !== HANDSHAKE_RECORD) {
      throw inTheClear(conn, reads);
    }
  };
}

/** A server's end of a connection that is its own. */
function accept<A extends Addr>(
  plain: Link<A>,
  early: Surrendered | undefined,
  acceptor: Acceptor,
  gate: Gate | undefined,
): TlsConn<A> {
  const { handshakeTimeoutMs, helloTimeoutMs } = acceptor.plan;
  let leave: (() => void) | undefined;
  const link = new TlsLink(
    plain,
    early,
    handshakeTimeoutMs,
    () => leave?.(),
    helloTimeoutMs,
  );
  const secured = tlsConnOver(link);
  acceptor.accept(
    link,
    gate && ((enter) => {
      leave = gate.queue(enter);
      // It may have ended before, or at once.
      if (link.handshakeDone) leave();
    }),
  );
  return secured;
}

function checkSupport(engines: Engines, link: Link<Addr>): void {
  const reason = engines.refusal?.(link);
  if (reason !== undefined) {
    throw socketError("ENOTSUP", "startTls", link.address, { reason });
  }
}

/** Whoever sits between the ends could have put it there (RFC 3207 §6, RFC 9051 §11.3). */
function inTheClear(conn: Conn, reads: ReadQueue): Error {
  return socketError("EPROTO", "startTls", conn.remoteAddr, {
    reason:
      `${reads.stored} bytes that came in the clear were not read; read and check them first`,
  });
}
