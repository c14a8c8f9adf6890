/**
 * TLS of Deno: Node's rooms.
 *
 * @module
 */
import { acceptDerived, enginesOf } from "../node/tls_engines.ts";

export const engines = enginesOf({
  refusal: () => undefined,
  serverOptions: {},
  accept: acceptDerived,
  tellsWrites: true,
});
