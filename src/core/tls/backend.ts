/**
 * The interface between TLS connections and the TLS of a runtime.
 *
 * @module
 */
import type { Operation, SocketError } from "../../api/errors.ts";
import type { TlsInfo, TlsKeyPair } from "../../api/tls.ts";
import type { Addr, Chunk } from "../../api/stream.ts";
import type { ConnBackend } from "../stream/backend.ts";
import type { ClientPlan, ServerPlan } from "../options/tls.ts";
import type { Transport } from "./transport.ts";

/** The events that an engine reports to its connection. */
export interface EngineEvents {
  /** The handshake is complete, and the peer is verified. */
  secured(info: TlsInfo): void;
  /** Bytes were received; the receiver owns them. */
  received(bytes: Chunk): void;
  /** The peer has sent close_notify. */
  ended(): void;
  /** The peer's bytes have ended without close_notify. */
  truncated(): void;
  /** The plain connection failed. @param wholly Whether reading has failed too. */
  broken(error: SocketError, wholly: boolean): void;
  /** TLS failed. @param reason The error's text, if the native error has none. */
  failed(native: unknown, reason?: string): void;
}

/** Calls of the plain connection's backend, unless an engine replaces them. */
export type Controls = Pick<
  ConnBackend<Addr>,
  "readWaiting" | "ref" | "unref" | "setNoDelay" | "setKeepAlive"
>;

/** The TLS of one side of a connection. */
export interface TlsEngine {
  /** Present if the plain connection's backend no longer controls the socket. */
  readonly controls?: Controls;
  /**
   * Whether the ClientHello is complete, for a server whose handshake began before it.
   * Called once, when the hello timeout is due.
   */
  hasHello?(): boolean;
  /** Resumes reading. */
  demand(): void;
  /** Pauses reading, after the handshake. */
  pause(): void;
  /** Sends bytes, after the handshake: see `WriteBackend.send`. */
  send(bytes: Uint8Array): number | Promise<number>;
  /** Sends close_notify, then FIN. Resolves once the kernel has taken them. */
  end(): Promise<void>;
  /** Closes the plain connection; sends close_notify first, unless it resets. */
  close(reset: boolean): void;
  /** Closes the plain connection after a failure, with time for the alert to arrive. */
  abandon(): void;
}

/** Begins a handshake. @param early Bytes of the peer that were already read. */
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
   * @param whose The server name that the pair is for, if any.
   * @returns The same in the runtime's form: what was checked, and nothing else.
   * @throws {SocketError} EBADMSG, one of them is unusable, or they do not match
   */
  check(operation: Operation, given: Material, whose?: string): Material;
  /**
   * Prepares the handshakes of a client. The certificates of the plan have been
   * checked.
   */
  client(plan: ClientPlan): Begin;
  /** Prepares the handshakes of a server, with a certificate that has been checked. */
  server(plan: ServerPlan, pair: TlsKeyPair): Begin;
  /**
   * Whether the ClientHello is read before a server's engine is created. Otherwise the
   * engine would refuse a client without a reason, or not report the result.
   */
  readonly listensFirst: boolean;
  /** Returns why a plan is not supported, if so. */
  unsupported(plan: ClientPlan | ServerPlan): string | undefined;
  /** Returns why a connection over `backend` cannot be secured, if so. */
  refusal?(backend: ConnBackend<Addr>): string | undefined;
}
