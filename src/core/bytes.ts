/**
 * Bytes as callers hand them over.
 *
 * @module
 */

/** Pieces that come to no more than this are joined, so that they cost one system call. */
const MAX_JOINED_BYTES = 256 * 1024;

/** Whether it is a `Uint8Array`, also one of another realm, as test runners make them. */
export function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array ||
    (ArrayBuffer.isView(value) &&
      (value as Uint8Array)[Symbol.toStringTag] === "Uint8Array");
}

/** A copy; `slice()` is none where the bytes are a Node `Buffer`. */
export function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

/**
 * The pieces that are not empty, joined into one where that is cheaper than a
 * system call each.
 */
export function gather(
  pieces: readonly Uint8Array[],
): { parts: Uint8Array[]; owned: boolean } {
  if (
    !Array.isArray(pieces) ||
    !pieces.every(isBytes)
  ) {
    throw new TypeError(
      `Cannot write ${
        pieces === null ? "null" : typeof pieces
      }: give a Uint8Array, or an array of them`,
    );
  }
  const parts = pieces.filter((piece) => piece.byteLength > 0);
  const total = parts.reduce((sum, part) => sum + part.byteLength, 0);
  if (parts.length < 2 || total > MAX_JOINED_BYTES) {
    return { parts, owned: false };
  }
  const joined = new Uint8Array(total);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.byteLength;
  }
  return { parts: [joined], owned: true };
}
