/**
 * False EOF: Node 20 and 22 may report a reset as EOF. This module detects it.
 *
 * Symptom: a reset that arrives with the last bytes may emit 'end'. Cause: libuv before
 * 1.52 reports EOF when a connection is over in both directions and a read did not fill
 * its buffer. A stop of reading in between prevents that. Can go with Node 22.
 *
 * | state   | reading                      | on 'end'                                     |
 * | ------- | ---------------------------- | -------------------------------------------- |
 * | probing | as usual                     | a write of no bytes fails after a reset      |
 * | paced   | one chunk for each loop turn | true EOF: libuv stops reading for each chunk |
 *
 * Probing changes to pacing when this side sends FIN, after which it cannot write. Unix
 * sockets are paced from the start. Pacing costs about 10 % of a ping-pong.
 *
 * @module
 */
import type { Socket } from "node:net";
import type { Chunk } from "../../api/stream.ts";

/**
 * Whether this Node reports false EOF. Bun does not: it reports a libuv version too,
 * but as a later version of Node.
 */
export const HAS_FALSE_EOF = (() => {
  const { node, uv } = process.versions;
  const [major, minor] = uv.split(".").map(Number);
  // False EOF needs POLLHUP, which libuv gets only from epoll: not on macOS or Windows.
  return process.platform === "linux" && parseInt(node) < 25 && major === 1 &&
    minor < 52;
})();

/** The events of a guarded socket. */
export interface EndEvents {
  /** A chunk of paced reading. */
  push(chunk: Chunk): void;
  /** The peer's FIN. A reset ends with 'error' instead. */
  end(): void;
}

const EMPTY = new Uint8Array(0);

/** Detects the true EOF of one socket. */
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

  /** Whether reading is paced. The guard then pauses and resumes it. */
  get isPaced(): boolean {
    return this.#isPaced;
  }

  /** Starts paced reading, which replaces the socket's 'data' listener. */
  pace(isPaused: boolean): void {
    if (this.#isPaced) return;
    this.#isPaced = true;
    this.#isPaused = isPaused;
    this.#socket.removeAllListeners("data");
    this.#socket.on("readable", () => this.#schedule());
  }

  /** Pauses paced reading; Node stops reading too. */
  pause(): void {
    this.#isPaused = true;
  }

  /** Resumes paced reading. */
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
      // After a reset, the pending write fails in this turn.
      setImmediate(() => {
        try {
          this.#endUnlessReset();
        } catch (fault) {
          socket.destroy(fault as Error);
        }
      });
    } else {
      // This sends nothing. ECONNRESET means a reset, EPIPE a FIN that came first.
      socket.write(EMPTY);
      this.#endUnlessReset();
    }
  }

  #endUnlessReset(): void {
    const error = this.#socket.errored as NodeJS.ErrnoException | null;
    // After a reset, 'error' follows.
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
