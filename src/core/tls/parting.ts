/**
 * Closing the plain connection below a secured one.
 *
 * @module
 */
import type { Transport } from "./transport.ts";

/**
 * How long a peer may take to end its direction too, once it was told that it is over.
 *
 * To close while its bytes lie unread would make the system send a reset, which takes
 * along what was sent last. And there may be such bytes that nobody knows of: a server
 * sends tickets after the handshake (RFC 8446 §4.6.1).
 */
export const LINGER_MS = 1_000;

/** Closes at once. @param cut Whether to reset. */
export function closeNow(
  { link, incoming, outgoing }: Transport,
  cut: boolean,
): void {
  const lost = outgoing.close();
  incoming.close();
  link.close(cut || lost);
}

/** Closes once the peer has ended, or has had its time to. @param ended Resolves then. */
export function closeAfter(
  transport: Transport,
  ended: Promise<unknown>,
): void {
  let closed = false;
  const close = () => {
    if (closed) return;
    closed = true;
    clearTimeout(timer);
    transport.link.readWaiting(false);
    closeNow(transport, false);
  };
  const timer = setTimeout(close, LINGER_MS);
  // The connection keeps the process alive until then, and not the timer.
  (timer as { unref?(): void }).unref?.();
  transport.link.readWaiting(true);
  ended.then(close, close);
}

/** Sends what is left, and FIN; closes when the peer has ended too. */
export function closeInOrder(transport: Transport): void {
  closeAfter(transport, untilEnd(transport));
}

async function untilEnd({ incoming, outgoing }: Transport): Promise<void> {
  await outgoing.closeWrite();
  while (await incoming.readChunk() !== null);
}
