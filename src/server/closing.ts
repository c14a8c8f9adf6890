/**
 * Closing a connection that its handler has done with.
 *
 * @module
 */
import { StreamConn } from "../core/stream/conn.ts";
import type { Conn } from "../api/stream.ts";

/** Why the calls of a handler fail that goes on after it has returned. */
const RETURNED = "closed by serve(): its handler has returned";

/**
 * How long a peer may take to end what it sends, once it has been sent FIN.
 *
 * To close while its bytes lie unread would make the system send a reset, which
 * may overtake what was written last (RFC 1122 §4.2.2.13). Two seconds is what
 * Apache grants too: by then what was written has been acknowledged, or is lost.
 */
const LINGER_MS = 2_000;

/**
 * Closes a connection at once, where that loses nothing.
 *
 * @returns Whether it is closed; otherwise {@linkcode closeInOrder} is to close it.
 */
export function closeSpent(conn: Conn): boolean {
  if (!StreamConn.isSpent(conn)) return false;
  StreamConn.closeFor(conn, RETURNED, "close");
  return true;
}

/** Sends what waits, then FIN; discards what still comes, for a while; closes. */
export async function closeInOrder(conn: Conn): Promise<void> {
  const revoked = StreamConn.revoke(conn, RETURNED);
  try {
    await revoked.closeWrite();
    const end = performance.now() + LINGER_MS;
    for (let left = LINGER_MS; left > 0; left = end - performance.now()) {
      if (await revoked.readChunk({ timeoutMs: left }) === null) break;
    }
  } catch {
    // The peer has broken off, its time is up, or its handler has closed it:
    // nothing more can be sent.
  }
  revoked.close();
}
