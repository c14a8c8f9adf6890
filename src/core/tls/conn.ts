/**
 * The connection over TLS.
 *
 * @module
 */
import type { TlsConn, TlsInfo } from "../../api/tls.ts";
import type { Addr, WaitOptions } from "../../api/stream.ts";
import { StreamConn } from "../stream/conn.ts";
import { checkWait, PendingCall } from "../wait/pending_call.ts";
import type { TlsConnBackend } from "./conn_backend.ts";

/** Makes the connection over a backend. */
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
          backend,
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
