/**
 * Passes a socket's events to the backend above it.
 *
 * The backend is a property of the socket, so that one listener of each kind serves all
 * sockets. Five listeners for each would be a third of the memory of an idle
 * connection.
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

/** The events of a socket, which its backend receives. */
export interface SocketEvents extends Taker {
  /** The kernel has taken all written bytes. */
  onDrain(): void;
  /** The peer's FIN, or a false EOF: see `false_eof.ts`. */
  onEnd(): void;
  /** The connection failed; `onClose` follows. */
  onError(error: Error): void;
  /** Both directions are closed, by this side or by the peer. */
  onClose(): void;
  /** One of these methods has thrown; the socket is destroyed. */
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
 * @param readBuffer Receives the bytes, if the socket was created with one.
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

// An exception of a listener is uncaught in Node, and would end the process.

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

/** Destroys a socket after an exception of its backend: only its own calls reject. */
function breakOff(socket: BackendSocket, fault: unknown): void {
  stopListening(socket);
  socket.on("error", () => {});
  socket.destroy();
  socket[EVENTS]!.onFault(fault);
}
