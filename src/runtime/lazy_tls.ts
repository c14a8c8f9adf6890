/**
 * TLS that is loaded when it is first needed: `node:tls` costs a start-up.
 *
 * @module
 */
import type { TlsNetwork } from "../api/tls.ts";

/** The same, before it is loaded. */
export function lazyTls(load: () => Promise<TlsNetwork>): TlsNetwork {
  return {
    async listenTls(options: never) {
      return await (await load()).listenTls(options);
    },
    async connectTls(options: never) {
      return await (await load()).connectTls(options);
    },
    async startTls(conn, options) {
      return await (await load()).startTls(conn, options);
    },
  } as TlsNetwork;
}
