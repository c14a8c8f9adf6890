/**
 * Where the records of a TLS stream end (RFC 8446 §5.1).
 *
 * @module
 */
import type { Chunk } from "../../api/stream.ts";

const HEAD_BYTES = 5;

/**
 * The longest that a record with nothing but an alert is taken for: one has 2
 * bytes, to which encryption adds 17 to 24 (51 with old ciphers), and a peer may
 * pad it.
 */
const MAX_ALERT_BYTES = 64;

/** Follows the records of one direction. */
export class RecordEnds {
  /** How much of the current record is still to come. */
  #left = 0;
  /** What has come of the next head. */
  #head: number[] = [];
  /** The length of the record that came last, or is coming. */
  #length = 0;

  /** Whether the last byte ends a record that may be an alert. */
  mayEndWithAlert(bytes: Chunk): boolean {
    let at = 0;
    while (at < bytes.length) {
      if (this.#left > 0) {
        const taken = Math.min(this.#left, bytes.length - at);
        this.#left -= taken;
        at += taken;
        continue;
      }
      this.#head.push(bytes[at++]);
      if (this.#head.length < HEAD_BYTES) continue;
      this.#length = this.#left = this.#head[3] << 8 | this.#head[4];
      this.#head = [];
    }
    return this.#left === 0 && this.#head.length === 0 &&
      this.#length <= MAX_ALERT_BYTES;
  }
}
