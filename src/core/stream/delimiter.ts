/**
 * The search for a delimiter in bytes that arrive in pieces.
 *
 * @module
 */

/**
 * Finds one delimiter. Each byte is looked at once, whatever the sizes of the pieces: the
 * state carries a partial match over (Knuth, Morris and Pratt, 1977).
 */
export class DelimiterSearch {
  readonly #delimiter: Uint8Array;
  /** For each matched length, the length to fall back to; `undefined` of one byte. */
  readonly #fallbacks: Uint32Array | undefined;
  /** How many bytes of the delimiter end the bytes so far. */
  #matched = 0;

  /** @param delimiter 1 byte or more. */
  constructor(delimiter: Uint8Array) {
    this.#delimiter = delimiter;
    if (delimiter.byteLength > 1) this.#fallbacks = fallbacksOf(delimiter);
  }

  /**
   * Searches the next piece.
   *
   * @param from Where to begin in it.
   * @returns The place behind the delimiter; -1 if it does not end in this piece.
   */
  find(piece: Uint8Array, from = 0): number {
    const delimiter = this.#delimiter;
    const first = delimiter[0];
    if (this.#fallbacks === undefined) {
      return piece.indexOf(first, from) + 1 || -1;
    }
    const { length } = delimiter;
    let matched = this.#matched;
    for (let at = from; at < piece.byteLength;) {
      if (matched === 0) {
        // `indexOf` of one byte is the fastest search that the runtimes have.
        at = piece.indexOf(first, at);
        if (at === -1) break;
        matched = 1;
        at++;
        continue;
      }
      const byte = piece[at];
      while (matched > 0 && byte !== delimiter[matched]) {
        matched = this.#fallbacks[matched - 1];
      }
      if (byte === delimiter[matched]) matched++;
      at++;
      if (matched === length) {
        this.#matched = 0;
        return at;
      }
    }
    this.#matched = matched;
    return -1;
  }
}

function fallbacksOf(delimiter: Uint8Array): Uint32Array {
  const fallbacks = new Uint32Array(delimiter.byteLength);
  let matched = 0;
  for (let at = 1; at < delimiter.byteLength; at++) {
    while (matched > 0 && delimiter[at] !== delimiter[matched]) {
      matched = fallbacks[matched - 1];
    }
    if (delimiter[at] === delimiter[matched]) matched++;
    fallbacks[at] = matched;
  }
  return fallbacks;
}
