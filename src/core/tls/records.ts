/**
 * TLS records of one direction, by their headers alone (RFC 8446 §5.1).
 *
 * @module
 */

const HEADER_BYTES = 5;

/** The type of a handshake record. */
const HANDSHAKE = 22;

/** Follows the boundaries of records. */
class RecordBoundaries {
  /** How many bytes of the current record are missing. */
  #left = 0;
  /** The bytes of the next header, while it is incomplete. */
  #header: number[] = [];

  /** Whether the last byte was the last of a record. */
  get isBetween(): boolean {
    return this.#left === 0 && this.#header.length === 0;
  }

  /** Takes bytes, and calls `onHeader` for each whole header among them. */
  take(
    bytes: Uint8Array,
    onHeader: (type: number, length: number) => void,
  ): void {
    for (let at = 0; at < bytes.byteLength;) {
      if (this.#left > 0) {
        const taken = Math.min(this.#left, bytes.byteLength - at);
        this.#left -= taken;
        at += taken;
        continue;
      }
      this.#header.push(bytes[at++]);
      if (this.#header.length < HEADER_BYTES) continue;
      this.#left = this.#header[3] << 8 | this.#header[4];
      onHeader(this.#header[0], this.#left);
      this.#header = [];
    }
  }
}

/** Detects whether one side has sent only handshake messages, unencrypted. */
export class ClearRecords {
  readonly #boundaries = new RecordBoundaries();
  #isClear = true;

  /** Whether an unencrypted alert is allowed next. */
  get clear(): boolean {
    return this.#isClear && this.#boundaries.isBetween;
  }

  /** Records bytes that are sent. */
  take(bytes: Uint8Array): void {
    if (!this.#isClear) return;
    this.#boundaries.take(bytes, (type) => {
      // In both versions, everything after ChangeCipherSpec is encrypted.
      if (type !== HANDSHAKE) this.#isClear = false;
    });
  }
}

/**
 * The longest record that counts as a possible alert. An alert has 2 bytes; encryption
 * adds 17 to 24 (51 with old ciphers), and a peer may pad it.
 */
const MAX_ALERT_BYTES = 64;

/** Detects records that may be an encrypted alert. */
export class AlertDetector {
  readonly #boundaries = new RecordBoundaries();
  /** The length of the current or last record. */
  #length = 0;

  /** Takes bytes. @returns Whether the last of them ends a record that may be an alert. */
  take(bytes: Uint8Array): boolean {
    this.#boundaries.take(bytes, (_type, length) => {
      this.#length = length;
    });
    return this.#boundaries.isBetween && this.#length <= MAX_ALERT_BYTES;
  }
}
