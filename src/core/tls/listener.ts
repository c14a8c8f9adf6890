/**
 * A listener whose connections are secured as they are accepted.
 *
 * @module
 */
import type { TlsConn, TlsCredentials, TlsListener } from "../../api/tls.ts";
import type { Addr, Listener, WaitOptions } from "../../api/stream.ts";

/**
 * Makes it over a listener that gives such connections, and is its own from then on.
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
