/**
 * The dialogue that every client here holds with every server.
 *
 * A client speaks first. Eight bytes, a letter, six digits and a line feed,
 * say what the connection is to show:
 *
 * - `E`, an echo. The client sends those eight bytes and a payload, in pieces
 *   of uneven size, and ends its direction; it reads meanwhile. The server
 *   sends everything back as it reads it, but holds the last piece until it
 *   has read the end, so that bytes travel after the half-close. Then it
 *   closes. The client checks every byte, and reads the end. A server that
 *   knows nothing of this dialogue and merely echoes does as well.
 * - `R`, the server resets. The client sends 64 bytes that begin with those
 *   eight. The server reads eight, sends them back, and resets the connection.
 *   The client reads them, and is then told ECONNRESET.
 * - `H`, the server resets after a half-close. The client sends the eight bytes
 *   and ends its direction. The server reads that, sends the eight back, and
 *   resets the connection. The client reads them, and is told ECONNRESET
 *   instead of an end.
 * - `C`, the client resets. The client sends the eight bytes. The server sends
 *   64 that begin with them. The client reads eight, sends eight more, and
 *   resets the connection. The server reads them, and is then told ECONNRESET.
 *
 * How to reset: over TCP, close with SO_LINGER set to 0. A Unix socket has no
 * reset, but Linux reports one to the peer of a socket that is closed with
 * bytes unread, which is what the other 56 are for, and why `H` is for TCP
 * alone. Anyport resets by closing while a write waits, and only over TCP; on
 * Deno it cannot.
 *
 * A program is started as
 *
 *     server HOST
 *     client HOST PORT PAYLOAD EXCHANGES DIGITS
 *
 * where HOST is an IP literal, or a path and PORT then 0, PAYLOAD is a file,
 * and EXCHANGES are letters, for a connection each. They print lines of JSON.
 * A server says where it listens, and how each connection of the kind `C`
 * ended; a client says how each exchange went:
 *
 *     {"port":1234}
 *     {"digits":"000001","received":8,"end":"ECONNRESET"}
 *     {"exchange":"E","received":1048597,"identical":true,"end":"EOF"}
 *
 * @module
 */

/** What a connection is to show. */
export type Exchange = typeof EXCHANGES[number];

/** In the order in which they are shown. */
export const EXCHANGES = ["E", "R", "H", "C"] as const;

/** What the connection goes over. */
export type Transport = "tcp4" | "tcp6" | "unix";

/** How an exchange went, as a client says it. */
export interface Verdict {
  readonly exchange: Exchange;
  /** How many bytes were read. */
  readonly received: number;
  /** Whether they were those expected. */
  readonly identical: boolean;
  /** What came after them; of the kind `C`, what the client did. */
  readonly end: string;
}

/** How a connection of the kind `C` ended, as a server says it. */
export interface Report {
  readonly digits: string;
  /** How many bytes were read since the header. */
  readonly received: number;
  /** What came after them. */
  readonly end: string;
}

/** The eight bytes. */
export const HEADER_BYTES = 8;

/** Many reads and writes for everybody, and not a multiple of any buffer. */
const PAYLOAD_BYTES = 1024 * 1024 + 13;

/** Pseudo-random bytes, always the same. */
export function payload(): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(PAYLOAD_BYTES);
  let state = 0x9e3779b9;
  for (let i = 0; i < bytes.length; i++) {
    // Marsaglia's xorshift, period 2^32 - 1.
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = state;
  }
  return bytes;
}

/** All that the client sends in an echo. */
export function request(
  digits: string,
  payload: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEADER_BYTES + payload.length);
  new TextEncoder().encodeInto(`E${digits}\n`, bytes);
  bytes.set(payload, HEADER_BYTES);
  return bytes;
}

/** The six digits of a number. */
export function digitsOf(n: number): string {
  return String(n).padStart(6, "0");
}

/** What must be said of an exchange that went well. */
export function goodVerdict(verdict: Verdict): Verdict {
  const { exchange, received } = verdict;
  if (exchange === "E") {
    return {
      exchange,
      received: HEADER_BYTES + PAYLOAD_BYTES,
      identical: true,
      end: "EOF",
    };
  }
  return {
    exchange,
    received: atLeast(HEADER_BYTES, received),
    identical: true,
    end: exchange === "C" ? "reset" : "ECONNRESET",
  };
}

/** What must be reported of a connection of the kind `C` that went well. */
export function goodReport({ digits, received }: Report): Report {
  return {
    digits,
    received: atLeast(HEADER_BYTES, received),
    end: "ECONNRESET",
  };
}

/** Who resets with a write waiting has sent some of it already. */
function atLeast(least: number, n: number): number {
  return Math.max(least, n);
}
