/**
 * Closing the plain connection below a secured one.
 *
 * @module
 */
import type { Transport } from "./engine.ts";

/**
 * How long a peer may take to hear what it was told last. To close while its bytes
 * lie unread would make the system send a reset, which may overtake that.
 */
const LINGER_MS = 1_000;

/** Closes at once. @param cut Whether to reset. */
export function closeNow(
  { link, incoming, outgoing }: Transport,
  cut: boolean,
): void {
  const lost = outgoing.close();
  incoming.close();
  link.close(cut || lost);
}

/** Closes once `last` is done; a peer that takes none of it is not waited for. */
export function closeAfter(transport: Transport, last: Promise<unknown>): void {
  const close = () => {
    clearTimeout(timer);
    closeNow(transport, false);
  };
  const timer = setTimeout(close, LINGER_MS);
  // What is left to be sent keeps the process alive.
  (timer as { unref?(): void }).unref?.();
  last.then(close, close);
}

/** Sends what is left, and FIN; closes when the peer has ended too. */
export function closeInOrder(transport: Transport): void {
  closeAfter(transport, part(transport));
}

async function part({ incoming, outgoing }: Transport): Promise<void> {
  await outgoing.closeWrite();
  while (await incoming.readChunk() !== null);
}
