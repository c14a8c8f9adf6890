/**
 * What secures a connection, and what a runtime supplies for it.
 *
 * @module
 */
import type { SocketError } from "../../errors.ts";
import type { TlsInfo, TlsKeyPair } from "../../tls_types.ts";
import type { Addr, Chunk } from "../../types.ts";
import type { Link } from "../conn.ts";
import type { ReadQueue } from "../read_queue.ts";
import type { WriteQueue } from "../write_queue.ts";
import type { ClientPlan, ServerPlan } from "./options.ts";

/** The plain connection below a secured one, and its queues. */
export interface Transport {
  readonly link: Link<Addr>;
  readonly incoming: ReadQueue;
  readonly outgoing: WriteQueue;
}

/** What an engine tells its connection. */
export interface EngineEvents {
  /** The handshake is done, and the peer is whom it has to be. */
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
  Link<Addr>,
  "readWaiting" | "ref" | "unref" | "setNoDelay" | "setKeepAlive"
>;

/** One end of one connection. */
export interface Engine {
  /** Present where the plain connection's link controls nothing any more. */
  readonly controls?: Controls;
  /** Lets bytes come. */
  demand(): void;
  /** Lets no more come, once the handshake is done. */
  pause(): void;
  /** Sends bytes, once the handshake is done: see `WriteHooks.send`. */
  send(bytes: Uint8Array): number | Promise<number>;
  /** Sends close_notify, then FIN. Resolves once the system has taken them. */
  end(): Promise<void>;
  /** Closes the plain connection; says close_notify before, unless it is cut. */
  close(cut: boolean): void;
  /** Closes it after a failure, when the peer has had the time to hear of that. */
  abandon(): void;
}

/** Begins a handshake. @param early What has come of the peer's bytes already. */
export type Begin = (
  transport: Transport,
  events: EngineEvents,
  early: readonly Chunk[],
) => Engine;

/** What a server shows to clients, made ready. */
export interface Identities {
  /** Makes a pair of the plan, or of its chooser, ready. @throws {SocketError} EBADMSG */
  prepare(pair: TlsKeyPair): Begin;
}

/** A runtime's TLS. */
export interface Engines {
  /**
   * A client's way to begin a handshake.
   *
   * @throws {SocketError} EBADMSG, a certificate that cannot be used
   */
  client(plan: ClientPlan): Begin;
  /** @throws {SocketError} ENOTSUP */
  identities(plan: ServerPlan): Identities;
  /**
   * Whether a client's first message is to be read before a server's engine is made:
   * it would refuse the client without telling why, or not tell how that ended.
   */
  readonly listensFirst: boolean;
  /** Why what is below `link` cannot be secured, if so. */
  refusal?(link: Link<Addr>): string | undefined;
}
