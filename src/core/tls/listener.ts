/**
 * A listener whose connections are secured as they are accepted.
 *
 * @module
 */
import type { TlsConn, TlsCredentials, TlsListener } from "../../tls_types.ts";
import type { Addr, Conn, Listener, WaitOptions } from "../../types.ts";

/** What a listener secures its connections with. */
export interface Securing<A extends Addr> {
  /** Begins to secure a connection that was accepted. */
  secure(conn: Conn<A>): TlsConn<A>;
  /** See `TlsListener.reload`. */
  reload(credentials: TlsCredentials): Promise<void>;
}

/** Makes the listener over a plain one, which is its own from then on. */
export function tlsListenerOver<A extends Addr>(
  inner: Listener<A>,
  securing: Securing<A>,
): TlsListener<A> {
  return new SecuringListener(inner, securing);
}

class SecuringListener<A extends Addr> implements TlsListener<A> {
  readonly #inner: Listener<A>;
  readonly #securing: Securing<A>;

  constructor(inner: Listener<A>, securing: Securing<A>) {
    this.#inner = inner;
    this.#securing = securing;
  }

  get addr(): A {
    return this.#inner.addr;
  }

  get dropped(): number {
    return this.#inner.dropped;
  }

  async accept(options?: WaitOptions): Promise<TlsConn<A>> {
    return this.#securing.secure(await this.#inner.accept(options));
  }

  async *[Symbol.asyncIterator](): AsyncIterableIterator<TlsConn<A>> {
    for await (const conn of this.#inner) yield this.#securing.secure(conn);
  }

  reload(credentials: TlsCredentials): Promise<void> {
    return this.#securing.reload(credentials);
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
