/**
 * The plain connection below a TLS connection, and how it is closed.
 *
 * @module
 */
import { unrefTimer } from "../wait/pending_call.ts";
import type { SocketError } from "../../api/errors.ts";
import type { Addr } from "../../api/stream.ts";
import type {
  ConnBackend,
  ReadBackend,
  WriteBackend,
} from "../stream/backend.ts";
import { ReadQueue } from "../stream/read_queue.ts";
import { WriteQueue } from "../stream/write_queue.ts";

/**
 * The plain connection's backend and queues. Its reads do not keep the process alive.
 */
export class Transport implements ReadBackend, WriteBackend {
  readonly remoteAddr: Addr;
  readonly sendsByReference: boolean;
  readonly backend: ConnBackend<Addr>;
  readonly incoming: ReadQueue;
  readonly outgoing: WriteQueue;

  constructor(backend: ConnBackend<Addr>) {
    this.backend = backend;
    this.remoteAddr = backend.remoteAddr;
    this.sendsByReference = backend.sendsByReference;
    this.incoming = new ReadQueue(this);
    this.outgoing = new WriteQueue(this);
    backend.attach(this.incoming, this.outgoing);
  }

  demand(): void {
    this.backend.demand();
  }

  pause(): void {
    this.backend.pause();
  }

  readWaiting(): void {}

  writeWaiting(waiting: boolean): void {
    this.backend.writeWaiting(waiting);
  }

  send(bytes: Uint8Array): number | Promise<number> {
    return this.backend.send(bytes);
  }

  writeFailure(reason: unknown): SocketError {
    return this.backend.writeFailure(reason);
  }

  shutdown(): Promise<void> {
    return this.backend.shutdown();
  }

  turn(): Promise<void> | undefined {
    return this.backend.turn?.();
  }
}

/**
 * How long a peer may take to end its direction, after this side has ended.
 *
 * Closing with unread bytes makes the kernel send RST, which discards what was sent
 * last. Unexpected bytes can arrive: a server sends tickets after the handshake (RFC
 * 8446 §4.6.1).
 */
export const LINGER_MS = 1_000;

/**
 * How long close_notify may wait for room that a slow peer does not make. LINGER_MS
 * begins after it: without close_notify, the data would look truncated.
 *
 * The limit is above the lag of a busy peer, and below what a hostile one could make
 * costly.
 */
export const FLUSH_MS = 10_000;

/**
 * Calls `close` after the peer's end, or after LINGER_MS.
 *
 * @param sent Resolves once the kernel has taken close_notify and FIN.
 * @param ended Resolves once the peer has ended.
 */
export function linger(
  sent: Promise<unknown>,
  ended: Promise<unknown>,
  close: () => void,
): void {
  let timer: ReturnType<typeof setTimeout>;
  let closed = false;
  const finish = () => {
    if (closed) return;
    closed = true;
    clearTimeout(timer);
    try {
      close();
    } catch {
      // No pending call could report it, and an error in a timer ends the process.
    }
  };
  const limit = (ms: number) => {
    timer = setTimeout(finish, ms);
    // The connection, not the timer, keeps the process alive until then.
    unrefTimer(timer);
  };
  limit(FLUSH_MS);
  sent.then(() => {
    if (closed) return;
    clearTimeout(timer);
    limit(LINGER_MS);
    ended.then(finish, finish);
  }, finish);
}

/** Closes at once. @param reset Whether to send RST. */
export function closeNow(
  { backend, incoming, outgoing }: Transport,
  reset: boolean,
): void {
  const lost = outgoing.close();
  incoming.close();
  backend.close(reset || lost);
}

/** Sends the remaining bytes and FIN, and closes after the peer's FIN or LINGER_MS. */
export function closeInOrder(transport: Transport): void {
  const { backend } = transport;
  backend.readWaiting(true);
  linger(Promise.resolve(), untilEnd(transport), () => {
    backend.readWaiting(false);
    closeNow(transport, false);
  });
}

async function untilEnd({ incoming, outgoing }: Transport): Promise<void> {
  await outgoing.closeWrite();
  while (await incoming.readChunk() !== null);
}
