/**
 * TLS alerts that need no engine: those sent before anything is encrypted.
 *
 * @module
 */

/** Creates a record with a fatal alert (RFC 8446 §6). */
export function alertRecord(description: number): Uint8Array {
  return new Uint8Array([21, 3, 3, 0, 2, 2, description]);
}

/** The type of a handshake record. */
const HANDSHAKE = 22;
const HEAD_BYTES = 5;

/** Detects whether one side has sent only handshake messages, unencrypted. */
export class ClearRecords {
  #clear = true;
  /** How many bytes of the current record are missing. */
  #left = 0;
  /** The bytes of the next record header so far. */
  readonly #head: number[] = [];

  /** Whether an unencrypted alert is allowed next. */
  get clear(): boolean {
    return this.#clear && this.#left === 0 && this.#head.length === 0;
  }

  /** Records bytes that are sent. */
  take(bytes: Uint8Array): void {
    for (let at = 0; this.#clear && at < bytes.byteLength;) {
      if (this.#left > 0) {
        const taken = Math.min(this.#left, bytes.byteLength - at);
        this.#left -= taken;
        at += taken;
        continue;
      }
      this.#head.push(bytes[at++]);
      // In both versions, everything after ChangeCipherSpec is encrypted.
      if (this.#head[0] !== HANDSHAKE) this.#clear = false;
      if (this.#head.length < HEAD_BYTES) continue;
      this.#left = this.#head[3] << 8 | this.#head[4];
      this.#head.length = 0;
    }
  }
}

/** Alerts by the reason of a refusal; the first match applies. */
const DESCRIPTIONS: readonly (readonly [RegExp, number | undefined])[] = [
  // The peer has sent an alert itself.
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

/** Returns the alert for a refused peer. @param reason A code, a message, or both. */
export function descriptionOf(reason: string): number | undefined {
  const found = DESCRIPTIONS.find(([pattern]) => pattern.test(reason));
  return found === undefined ? HANDSHAKE_FAILURE : found[1];
}
