/**
 * TLS of Node: see `tls_engines.ts`.
 *
 * @module
 */
import { acceptDerived, enginesOf } from "./tls_engines.ts";

export const engines = enginesOf({
  refusal: () => undefined,
  serverOptions: {},
  accept: acceptDerived,
  tellsWrites: true,
});
