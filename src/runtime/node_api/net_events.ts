/**
 * A socket's events, passed on to the backend above it.
 *
 * The socket has its backend, and with it one listener of each kind serves all
 * sockets, where five of their own would make up a third of what an idle
 * connection takes.
 *
 * @module
 */
import type { Socket } from "node:net";
import type { Chunk } from "../../api/stream.ts";
import {
  passOn,
  readWith,
  type SharedReadBuffer,
  type Taker,
} from "./shared_read_buffer.ts";

/** What a backend is told of its socket. */
export interface SocketEvents extends Taker {
  /** Everything that was written is with the system. */
  onDrain(): void;
  /** The peer's FIN, or an end that was made up. */
  onEnd(): void;
  /** What broke the connection; `onClose` follows. */
  onError(error: Error): void;
  /** The end of both directions, closed here or not. */
  onClose(): void;
  /** One of these has thrown; the socket is destroyed. */
  onFault(fault: unknown): void;
}

const EVENTS = Symbol("events");

type BackendSocket = Socket & { [EVENTS]?: SocketEvents };

/** Passes a socket's 'end', 'error' and 'close' to a backend. */
export function listenTo(socket: BackendSocket, events: SocketEvents): void {
  socket[EVENTS] = events;
  socket.on("end", onEnd);
  socket.on("error", onError);
  socket.on("close", onClose);
}

/**
 * Passes the bytes to the backend too.
 *
 * @param readBuffer Receives them, if the socket was made with one.
 */
export function listenToBytes(
  socket: BackendSocket,
  readBuffer: SharedReadBuffer | undefined,
): void {
  if (readBuffer !== undefined) readBuffer.taker = socket[EVENTS];
  else if (!readWith(socket, onRead)) socket.on("data", onData);
}

/** Passes 'drain' to the backend too. */
export function listenToDrain(socket: BackendSocket): void {
  if (socket.listenerCount("drain") === 0) socket.on("drain", onDrain);
}

/** Removes all of these listeners. */
export function stopListening(socket: BackendSocket): void {
  socket.off("data", onData);
  socket.off("end", onEnd);
  socket.off("error", onError);
  socket.off("close", onClose);
  socket.off("drain", onDrain);
}

// What a listener throws is uncaught to Node, and ends the process.

function onRead(this: BackendSocket, length: number, buffer: Chunk): true {
  try {
    return passOn(this[EVENTS]!, length, buffer);
  } catch (fault) {
    breakOff(this, fault);
    return true;
  }
}

function onData(this: BackendSocket, chunk: Chunk): void {
  try {
    this[EVENTS]!.take(chunk, true);
  } catch (fault) {
    breakOff(this, fault);
  }
}

function onDrain(this: BackendSocket): void {
  try {
    this[EVENTS]!.onDrain();
  } catch (fault) {
    breakOff(this, fault);
  }
}

function onEnd(this: BackendSocket): void {
  try {
    this[EVENTS]!.onEnd();
  } catch (fault) {
    breakOff(this, fault);
  }
}

function onError(this: BackendSocket, error: Error): void {
  try {
    this[EVENTS]!.onError(error);
  } catch (fault) {
    breakOff(this, fault);
  }
}

function onClose(this: BackendSocket): void {
  try {
    this[EVENTS]!.onClose();
  } catch (fault) {
    breakOff(this, fault);
  }
}

/** Ends a connection after a fault in its own part: its calls are told, and no others. */
function breakOff(socket: BackendSocket, fault: unknown): void {
  stopListening(socket);
  socket.on("error", () => {});
  socket.destroy();
  socket[EVENTS]!.onFault(fault);
}
