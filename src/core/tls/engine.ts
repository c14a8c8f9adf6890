/**
 * What does the cryptography below a TLS connection: bytes go in and out of it,
 * and it never touches a socket.
 *
 * @module
 */
import type { TlsInfo, TlsKeyPair } from "../../tls_types.ts";
import type { Hello } from "./client_hello.ts";
import type { ClientPlan, ServerPlan } from "./options.ts";

/** What an engine tells its connection. */
export interface EngineEvents {
  /** Sends to the peer. Resolves once the system has taken all of it. */
  transmit(bytes: Uint8Array | readonly Uint8Array[]): Promise<unknown>;
  /** The handshake is done, and the peer is whom it has to be. */
  secured(info: TlsInfo): void;
  /** What the peer has sent; the receiver's own. */
  received(bytes: Uint8Array): void;
  /** The peer has sent close_notify. */
  ended(): void;
  /** It is over. @param reason What to say of it, where the native error does not. */
  failed(native: unknown, reason?: string): void;
}

/** One end of one connection. */
export interface Engine {
  /** Takes in bytes from the peer. */
  feed(bytes: Uint8Array): void;
  /** Sends bytes, once the handshake is done: see `WriteHooks.send`. */
  send(bytes: Uint8Array): number | Promise<number>;
  /** Sends close_notify. Resolves once the system has taken it. */
  end(): Promise<void>;
  /** Lets everything that was fed so far have its effect. */
  turn(): Promise<void>;
  /** Forgets the connection. */
  destroy(): void;
}

/** What a server shows to clients, made ready. */
export interface Identities {
  /** A pair of the plan, or of its chooser. @throws {SocketError} EBADMSG */
  prepare(pair: TlsKeyPair): Identity;
}

/** A certificate, made ready. */
export interface Identity {
  /** Begins a handshake. */
  accept(events: EngineEvents, hello: Hello | null): Engine;
}

/** A runtime's TLS. */
export interface Engines {
  /**
   * A client's way to begin a handshake.
   *
   * @throws {SocketError} EBADMSG, a certificate that cannot be used
   */
  client(plan: ClientPlan): (events: EngineEvents) => Engine;
  /** @throws {SocketError} ENOTSUP */
  identities(plan: ServerPlan): Identities;
}
