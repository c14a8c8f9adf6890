/**
 * The connection over TLS.
 *
 * @module
 */
import type { TlsConn, TlsInfo } from "../../api/tls.ts";
import type { Addr, WaitOptions } from "../../api/stream.ts";
import { StreamConn } from "../stream/conn.ts";
import { checkWait, Waiter } from "../wait/pending_call.ts";
import type { TlsLink } from "./link.ts";

/** Makes the connection over a link. */
export function tlsConnOver<A extends Addr>(link: TlsLink<A>): TlsConn<A> {
  return new TlsStreamConn(link);
}

class TlsStreamConn<A extends Addr> extends StreamConn<A>
  implements TlsConn<A> {
  readonly #link: TlsLink<A>;

  constructor(link: TlsLink<A>) {
    super(link);
    this.#link = link;
  }

  handshake(options?: WaitOptions): Promise<TlsInfo> {
    try {
      const limited = checkWait(options);
      const link = this.#link;
      if (link.handshakeDone) return link.handshake;
      const waiter = new Waiter<TlsInfo>();
      link.wait(true);
      if (limited) {
        waiter.limit(options, "handshake", link, () => link.wait(false));
      }
      link.handshake.then((info) => {
        if (waiter.settled) return;
        link.wait(false);
        waiter.resolve(info);
      }, (error) => {
        if (waiter.settled) return;
        link.wait(false);
        waiter.reject(error);
      });
      return waiter.promise;
    } catch (error) {
      return Promise.reject(error);
    }
  }
}
