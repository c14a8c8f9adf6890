/**
 * Closing a connection so that the peer gets everything that was written.
 *
 * @module
 */
import type { Conn } from "../types.ts";

/**
 * How long a peer may take to end what it sends, once it has been sent FIN.
 *
 * To close while its bytes lie unread would make the system send a reset, which
 * may overtake what was written last (RFC 1122 §4.2.2.13). Two seconds is what
 * Apache grants too: by then what was written has been acknowledged, or is lost.
 */
const LINGER_MS = 2_000;

/** Sends what waits, then FIN; discards what still comes, for a while; closes. */
export async function closeInOrder(conn: Conn): Promise<void> {
  try {
    await conn.closeWrite();
    const end = performance.now() + LINGER_MS;
    for (let left = LINGER_MS; left > 0; left = end - performance.now()) {
      if (await conn.readChunk({ timeoutMs: left }) === null) break;
    }
  } catch {
    // The peer has broken off, or its time is up, or it was closed by its
    // handler: nobody is left to whom more could be sent.
  }
  conn.close();
}
