/**
 * Bytes as callers hand them over.
 *
 * @module
 */
import type { Chunk } from "../types.ts";

/** Pieces that come to no more than this are joined, so that they cost one system call. */
export const MAX_JOINED_BYTES = 256 * 1024;

/** Whether it is a `Uint8Array`, also one of another realm, as test runners make them. */
export function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array ||
    (ArrayBuffer.isView(value) &&
      (value as Uint8Array)[Symbol.toStringTag] === "Uint8Array");
}

/** A copy; `slice()` is none where the bytes are a Node `Buffer`. */
export function copyOf(bytes: Uint8Array): Chunk {
  return new Uint8Array(bytes);
}

/**
 * The same bytes without the methods of a Node `Buffer`, whose `slice()` and
 * `toString()` mean something else.
 */
export function plain(bytes: Chunk): Chunk {
  return bytes.constructor === Uint8Array
    ? bytes
    : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * The pieces that are not empty, neighbours joined where that is cheaper than
 * a system call each.
 *
 * @returns Also whether all of them are copies.
 */
export function gather(
  pieces: readonly Uint8Array[],
): { parts: Uint8Array[]; owned: boolean } {
  if (!Array.isArray(pieces) || !pieces.every(isBytes)) {
    throw new TypeError(
      `Cannot write ${
        pieces === null ? "null" : typeof pieces
      }: give a Uint8Array, or an array of them`,
    );
  }
  const parts: Uint8Array[] = [];
  let owned = true;
  let group: Uint8Array[] = [];
  let size = 0;
  const endGroup = () => {
    if (group.length === 1) owned = false;
    if (group.length > 0) {
      parts.push(group.length > 1 ? join(group, size) : group[0]);
    }
    group = [];
    size = 0;
  };
  for (const piece of pieces) {
    if (piece.byteLength === 0) continue;
    if (size + piece.byteLength > MAX_JOINED_BYTES) endGroup();
    group.push(piece);
    size += piece.byteLength;
  }
  endGroup();
  return { parts, owned };
}

/** One buffer of several pieces, which come to `size` bytes. */
export function join(pieces: readonly Uint8Array[], size: number): Uint8Array {
  const joined = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.byteLength;
  }
  return joined;
}
