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

/** Creates a TLS connection over a backend. */
export function tlsConnOver<A extends Addr>(
  backend: TlsConnBackend<A>,
): TlsConn<A> {
  return new TlsStreamConn(backend);
}

class TlsStreamConn<A extends Addr> extends StreamConn<A>
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

/**
 * Creates a TLS listener over a listener that accepts such connections, and owns it.
 *
 * @param reload See `TlsListener.reload`.
 */
export function tlsListenerOver<A extends Addr>(
  inner: Listener<A>,
  reload: TlsListener["reload"],
): TlsListener<A> {
  return new SecuringListener(inner, reload);
}

class SecuringListener<A extends Addr> implements TlsListener<A> {
  readonly #inner: Listener<A>;
  readonly #reload: TlsListener["reload"];

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
