/**
 * TLS of Bun: Node's rooms.
 *
 * @module
 */
import { createServer } from "node:tls";
import { enginesOf } from "../node/tls_engines.ts";

export const engines = enginesOf({
  refusal: () => undefined,
  serverOptions: {},
  // Its listener knows the server that it was made for, and no other; to make one
  // costs 76 µs (seen with 1.4).
  accept(_server, options, transport, hear) {
    const own = createServer(options);
    hear(own);
    own.emit("connection", transport);
  },
  tellsWrites: false,
});
