/**
 * Messages over a connection: frames behind a length or before a delimiter, lines, JSON
 * Lines, netstrings, and codecs of your own; and a relay between two connections.
 *
 * @example Requests and answers behind their length
 * ```ts no-eval
 * import { connect } from "@anyport/sockets";
 * import { framed, lengthPrefixed } from "@anyport/sockets/framing";
 *
 * using conn = await connect({ port: 8080 });
 * const messages = framed(conn, lengthPrefixed({ bytes: 4, maxBytes: 1 << 20 }));
 * await messages.send(new Uint8Array([1, 2, 3]));
 * console.log(await messages.receive({ timeoutMs: 1000 }));
 * ```
 *
 * @module
 */
export { type Codec, type Decoded, type Frame, FramingError } from "./codec.ts";
export {
  lengthPrefixed,
  type LengthPrefixedOptions,
} from "./length_prefixed.ts";
export { framed, type Messages } from "./messages.ts";
export { relay, type Relayed, type RelayOptions } from "./relay.ts";
export {
  delimited,
  jsonLines,
  type LimitOptions,
  lines,
  netstrings,
} from "./text.ts";
