/**
 * What secures a connection, and what a runtime supplies for it.
 *
 * @module
 */
import type { Operation, SocketError } from "../../api/errors.ts";
import type { TlsInfo, TlsKeyPair } from "../../api/tls.ts";
import type { Addr, Chunk } from "../../api/stream.ts";
import type { ConnBackend } from "../stream/conn.ts";
import type { ClientPlan, ServerPlan } from "../options/tls.ts";
import type { Transport } from "./transport.ts";

/** What an engine tells its connection. */
export interface EngineEvents {
  /** The handshake is done, and the peer is verified. */
  secured(info: TlsInfo): void;
  /** What the peer has sent; the receiver's own. */
  received(bytes: Chunk): void;
  /** The peer has sent close_notify. */
  ended(): void;
  /** The peer's bytes have ended without that. */
  cutOff(): void;
  /** The plain connection broke off. @param wholly Whether nothing more comes either. */
  broken(error: SocketError, wholly: boolean): void;
  /** It is over. @param reason What to say of it, where the native error does not. */
  failed(native: unknown, reason?: string): void;
}

/** What is the plain connection's, unless an engine has taken its place. */
export type Controls = Pick<
  ConnBackend<Addr>,
  "readWaiting" | "ref" | "unref" | "setNoDelay" | "setKeepAlive"
>;

/** One end of one connection. */
export interface TlsEngine {
  /** Present where the plain connection's backend controls nothing any more. */
  readonly controls?: Controls;
  /**
   * Whether the client's first message has come whole, of a server that was begun
   * before it. Asked once, and late.
   */
  hasHello?(): boolean;
  /** Lets bytes come. */
  demand(): void;
  /** Lets no more come, once the handshake is done. */
  pause(): void;
  /** Sends bytes, once the handshake is done: see `WriteHooks.send`. */
  send(bytes: Uint8Array): number | Promise<number>;
  /** Sends close_notify, then FIN. Resolves once the system has taken them. */
  end(): Promise<void>;
  /** Closes the plain connection; sends close_notify before, unless it resets. */
  close(reset: boolean): void;
  /** Closes it after a failure, when the peer has had the time to hear of that. */
  abandon(): void;
}

/** Begins a handshake. @param early What has come of the peer's bytes already. */
export type Begin = (
  transport: Transport,
  events: EngineEvents,
  early: readonly Chunk[],
) => TlsEngine;

/** Certificates and keys. */
export interface Material {
  readonly pair: TlsKeyPair | undefined;
  readonly caCerts: readonly string[] | undefined;
}

/** A runtime's TLS. */
export interface TlsBackend {
  /**
   * Checks certificates and keys.
   *
   * @param whose The server name that the pair is for, if it is for one.
   * @returns The same as tlsBackend take them: what was checked, and nothing else.
   * @throws {SocketError} EBADMSG, one of them cannot be used, or not with the other
   */
  check(operation: Operation, given: Material, whose?: string): Material;
  /** A client's way to begin a handshake. What the plan names has been checked. */
  client(plan: ClientPlan): Begin;
  /** A server's, with a certificate that has been checked. */
  server(plan: ServerPlan, pair: TlsKeyPair): Begin;
  /**
   * Whether a client's first message is to be read before a server's engine is made:
   * it would refuse the client without telling why, or not tell how that ended.
   */
  readonly listensFirst: boolean;
  /** Why an end cannot be as planned, if so. */
  unsupported(plan: ClientPlan | ServerPlan): string | undefined;
  /** Why what is below `backend` cannot be secured, if so. */
  refusal?(backend: ConnBackend<Addr>): string | undefined;
}
