/**
 * Alerts that need no engine: those sent before anything is encrypted.
 *
 * @module
 */

/** A fatal alert in a record of its own (RFC 8446 §6). */
export function alertRecord(description: number): Uint8Array {
  return new Uint8Array([21, 3, 3, 0, 2, 2, description]);
}

/** The type of a record with messages of the handshake. */
const HANDSHAKE = 22;
const HEAD_BYTES = 5;

/** Whether one end has sent nothing but messages of the handshake in the clear. */
export class ClearRecords {
  #clear = true;
  /** How much of the current record is still to come. */
  #left = 0;
  /** What has come of the next head. */
  readonly #head: number[] = [];

  /** Whether an alert in the clear may be what comes next. */
  get clear(): boolean {
    return this.#clear && this.#left === 0 && this.#head.length === 0;
  }

  /** Takes note of what is sent. */
  take(bytes: Uint8Array): void {
    for (let at = 0; this.#clear && at < bytes.byteLength;) {
      if (this.#left > 0) {
        const taken = Math.min(this.#left, bytes.byteLength - at);
        this.#left -= taken;
        at += taken;
        continue;
      }
      this.#head.push(bytes[at++]);
      // From ChangeCipherSpec on, in either version, what follows is encrypted.
      if (this.#head[0] !== HANDSHAKE) this.#clear = false;
      if (this.#head.length < HEAD_BYTES) continue;
      this.#left = this.#head[3] << 8 | this.#head[4];
      this.#head.length = 0;
    }
  }
}

/** What a peer is told, by what the reason for refusing it says; the first that fits. */
const DESCRIPTIONS: readonly (readonly [RegExp, number | undefined])[] = [
  // The peer has sent one itself.
  [/\balert\b/i, undefined],
  [/received unexpected/i, 10],
  [/peer misbehaved/i, 47],
  [/CERT_HAS_EXPIRED|CERT_NOT_YET_VALID|expired|not yet valid/i, 45],
  [/CERT_REVOKED|revoked/i, 44],
  [/ALTNAME|CERT_|BAD_?CERT|BadEncoding|BadSignature/i, 42],
  [
    /UNABLE_TO|SELF_SIGNED|UNKNOWN_?ISSUER|INVALID_CA|unable to|self.signed/i,
    48,
  ],
  [/corrupt|decode|malformed/i, 50],
  [/version/i, 70],
  [/application protocol|ALPN/i, 120],
];
const HANDSHAKE_FAILURE = 40;

/** The alert for a peer that is refused. @param reason A code, a message, or both. */
export function descriptionOf(reason: string): number | undefined {
  const found = DESCRIPTIONS.find(([pattern]) => pattern.test(reason));
  return found === undefined ? HANDSHAKE_FAILURE : found[1];
}
