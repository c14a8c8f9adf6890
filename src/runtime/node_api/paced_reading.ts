/**
 * Reading that a false end cannot get into.
 *
 * Symptom: on Node 20 and 22 a reset that comes together with the last bytes
 * may show as a clean end. Cause: libuv before 1.52 makes up an end when a
 * connection is over in both directions and a read did not fill its buffer,
 * unless reading was stopped meanwhile. So it is stopped after every chunk,
 * which is what Node does with a chunk that is not taken at once, and begun
 * again one turn of the loop later, when the system tells how it ended.
 *
 * This costs some 10 % of a ping-pong. It can go when Node 22 does.
 *
 * @module
 */
import type { Socket } from "node:net";
import type { Chunk } from "../../api/stream.ts";

/**
 * Whether this Node makes up ends. (Bun names a libuv too, under a Node of a
 * later version, and makes up none.)
 */
export const HAS_FALSE_EOF = (() => {
  const { node, uv } = process.versions;
  const [major, minor] = uv.split(".").map(Number);
  // It takes POLLHUP, which libuv has from epoll alone: not on macOS or Windows.
  return process.platform === "linux" && parseInt(node) < 25 && major === 1 &&
    minor < 52;
})();

/** Takes bytes from a socket, each chunk a turn of the loop after it came. */
export class PacedReading {
  readonly #socket: Socket;
  readonly #push: (chunk: Chunk) => void;
  #paused = false;
  #scheduled = false;

  /** @param socket Takes its 'data' listener's place, if it has one. */
  constructor(socket: Socket, push: (chunk: Chunk) => void) {
    this.#socket = socket;
    this.#push = push;
    socket.removeAllListeners("data");
    socket.on("readable", () => this.#schedule());
  }

  /** Takes no more, and lets Node take no more, until `resume()`. */
  pause(): void {
    this.#paused = true;
  }

  /** Goes on. */
  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      try {
        this.#take();
      } catch (fault) {
        // Thrown to Node, it would end the process; 'error' tells of it.
        this.#socket.destroy(fault as Error);
      }
    });
  }

  #take(): void {
    this.#scheduled = false;
    while (!this.#paused) {
      const chunk: Chunk | null = this.#socket.read();
      if (chunk === null) return;
      this.#push(chunk);
    }
  }
}
