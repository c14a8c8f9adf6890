/** What every client of the bench does that comes, says something and goes. */
import { check, count, giveUp, messageAt, options } from "./measuring.mjs";

const { size } = options;

/** What is said. */
export const message = messageAt(0, size);

/** What comes back. */
export class Reply {
  #got = 0;

  /** Takes the next piece; `null` is an end, which is none that was asked for. */
  take(chunk) {
    if (chunk === null) giveUp("the server ended a connection early");
    check(chunk, this.#got);
    this.#got += chunk.byteLength;
    if (this.#got > size) giveUp("the server said too much");
    if (this.isWhole) count(size);
  }

  get isWhole() {
    return this.#got === size;
  }
}
