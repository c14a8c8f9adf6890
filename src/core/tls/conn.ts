/**
 * The connection and the listener of TLS.
 *
 * @module
 */
import type { Addr, Listener, WaitOptions } from "../../api/stream.ts";
import type {
  TlsConn,
  TlsCredentials,
  TlsInfo,
  TlsListener,
} from "../../api/tls.ts";
import { StreamConn } from "../stream/conn.ts";
import type { TlsConnBackend } from "./conn_backend.ts";
import { checkWait, PendingCall } from "../wait/pending_call.ts";

/** The connection of TLS, over its backend. */
export class TlsStreamConn<A extends Addr> extends StreamConn<A>
  implements TlsConn<A> {
  readonly #backend: TlsConnBackend<A>;

  constructor(backend: TlsConnBackend<A>) {
    super(backend);
    this.#backend = backend;
  }

  handshake(options?: WaitOptions): Promise<TlsInfo> {
    try {
      const limited = checkWait(options);
      const backend = this.#backend;
      if (backend.handshakeDone) return backend.handshake;
      const pendingCall = new PendingCall<TlsInfo>();
      backend.wait(true);
      if (limited) {
        pendingCall.limit(
          options,
          "handshake",
          backend.remoteAddr,
          () => backend.wait(false),
        );
      }
      backend.handshake.then((info) => {
        if (pendingCall.settled) return;
        backend.wait(false);
        pendingCall.resolve(info);
      }, (error) => {
        if (pendingCall.settled) return;
        backend.wait(false);
        pendingCall.reject(error);
      });
      return pendingCall.promise;
    } catch (error) {
      return Promise.reject(error);
    }
  }
}

/** The listener of TLS: owns a listener that accepts TLS connections. */
export class TlsAcceptQueue<A extends Addr> implements TlsListener<A> {
  readonly #inner: Listener<A>;
  readonly #reload: TlsListener["reload"];

  /** @param reload See `TlsListener.reload`. */
  constructor(inner: Listener<A>, reload: TlsListener["reload"]) {
    this.#inner = inner;
    this.#reload = reload;
  }

  get addr(): A {
    return this.#inner.addr;
  }

  get dropped(): number {
    return this.#inner.dropped;
  }

  accept(options?: WaitOptions): Promise<TlsConn<A>> {
    return this.#inner.accept(options) as Promise<TlsConn<A>>;
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<TlsConn<A>> {
    return this.#inner[Symbol.asyncIterator]() as AsyncIterableIterator<
      TlsConn<A>
    >;
  }

  reload(credentials: TlsCredentials): Promise<void> {
    return this.#reload(credentials);
  }

  close(): void {
    this.#inner.close();
  }

  ref(): void {
    this.#inner.ref();
  }

  unref(): void {
    this.#inner.unref();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
