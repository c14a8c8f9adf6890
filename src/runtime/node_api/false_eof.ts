/**
 * False EOF: a reset that Node 20 and 22 report as an end, and how a true end is told
 * from it.
 *
 * Symptom: a reset that arrives with the last bytes may emit 'end'. Cause: libuv before
 * 1.52 reports an end when a connection is over in both directions and a read did not
 * fill its buffer, unless reading was stopped meanwhile. Can go with Node 22.
 *
 * | state   | reading                      | on 'end'                                     |
 * | ------- | ---------------------------- | -------------------------------------------- |
 * | probing | as usual                     | a write of no bytes fails if it was a reset  |
 * | paced   | one chunk for each loop turn | is true: libuv has stopped reading each time |
 *
 * Probing goes over to pacing when this end sends FIN, after which it cannot write. Unix
 * sockets are paced from the start. Pacing costs some 10 % of a ping-pong.
 *
 * @module
 */
import type { Socket } from "node:net";
import type { Chunk } from "../../api/stream.ts";

/**
 * Whether this Node reports false EOF. (Bun names a libuv too, under a later version
 * of Node, and reports none.)
 */
export const HAS_FALSE_EOF = (() => {
  const { node, uv } = process.versions;
  const [major, minor] = uv.split(".").map(Number);
  // It needs POLLHUP, which libuv gets from epoll alone: not on macOS or Windows.
  return process.platform === "linux" && parseInt(node) < 25 && major === 1 &&
    minor < 52;
})();

/** What becomes of a socket's bytes and of its end. */
export interface EndEvents {
  /** A chunk of a paced reading. */
  push(chunk: Chunk): void;
  /** The peer's FIN. A reset ends with 'error' instead. */
  end(): void;
}

const EMPTY = new Uint8Array(0);

/** Tells the true end of one socket. */
export class FalseEofGuard {
  readonly #socket: Socket;
  readonly #events: EndEvents;
  #isPaced = false;
  #isPaused = false;
  #isScheduled = false;

  constructor(socket: Socket, events: EndEvents) {
    this.#socket = socket;
    this.#events = events;
  }

  /** Whether the reading is paced, and paused and resumed here. */
  get isPaced(): boolean {
    return this.#isPaced;
  }

  /** Takes the place of the socket's 'data' listener. */
  pace(isPaused: boolean): void {
    if (this.#isPaced) return;
    this.#isPaced = true;
    this.#isPaused = isPaused;
    this.#socket.removeAllListeners("data");
    this.#socket.on("readable", () => this.#schedule());
  }

  /** Pauses a paced reading: Node reads no more either. */
  pause(): void {
    this.#isPaused = true;
  }

  /** Resumes a paced reading. */
  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#schedule();
  }

  /** Handles 'end'. */
  onEnd(): void {
    const socket = this.#socket;
    if (this.#isPaced) return this.#events.end();
    if (socket.writableLength > 0) {
      // The pending write fails in this same turn.
      setImmediate(() => {
        try {
          this.#endUnlessReset();
        } catch (fault) {
          socket.destroy(fault as Error);
        }
      });
    } else {
      // It sends nothing. ECONNRESET is a reset, EPIPE a FIN that came first.
      socket.write(EMPTY);
      this.#endUnlessReset();
    }
  }

  #endUnlessReset(): void {
    const error = this.#socket.errored as NodeJS.ErrnoException | null;
    // 'error' follows.
    if (error?.code !== "ECONNRESET") this.#events.end();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      try {
        this.#read();
      } catch (fault) {
        // An exception here would end the process; 'error' reports it.
        this.#socket.destroy(fault as Error);
      }
    });
  }

  #read(): void {
    this.#isScheduled = false;
    while (!this.#isPaused) {
      const chunk: Chunk | null = this.#socket.read();
      if (chunk === null) return;
      this.#events.push(chunk);
    }
  }
}
