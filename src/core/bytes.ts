/**
 * Bytes as callers hand them over.
 *
 * @module
 */

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
