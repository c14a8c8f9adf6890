/**
 * Bytes as callers hand them over.
 *
 * @module
 */
import { isArray, shown } from "../shown.ts";
import type { Chunk } from "../../api/stream.ts";

/** Pieces that come to no more than this are joined, so that they cost one system call. */
export const MAX_JOINED_BYTES = 256 * 1024;

/** Whether it is a `Uint8Array`, also one of another realm, as test runners make them. */
export function isBytes(value: unknown): value is Uint8Array {
  // First what asks nothing of a proxy, which may throw.
  return ArrayBuffer.isView(value) &&
    (value instanceof Uint8Array ||
      (value as Uint8Array)[Symbol.toStringTag] === "Uint8Array");
}

const { at } = Uint8Array.prototype;

/**
 * Whether a view has no bytes because its buffer was transferred away, or resized to
 * less; an empty view of a buffer that is there is not such a one.
 */
export function isLost(bytes: Uint8Array): boolean {
  if (bytes.byteLength > 0) return false;
  try {
    // Of a view that is out of bounds too, every method of its prototype complains.
    at.call(bytes, 0);
    return false;
  } catch {
    return true;
  }
}

/** A buffer as runtimes since ES2024 know it; one that is shared has no `resizable`. */
interface ResizableBuffer {
  readonly resizable?: boolean;
}

/**
 * The same bytes in a buffer that can neither be resized nor is shared: a copy of
 * those that are, because what the system reads later would change, or be gone.
 */
export function steady(bytes: Uint8Array): Uint8Array {
  return (bytes.buffer as ResizableBuffer).resizable === false
    ? bytes
    : copyOf(bytes);
}

/** The error of a write or a send that is handed a buffer which was transferred before. */
export function lostBefore(operation: "write" | "send"): TypeError {
  return new TypeError(
    `Cannot ${operation} from a buffer that was transferred away or resized: give one that is there`,
  );
}

/** The error of a write or a send whose buffer was transferred while it waited. */
export function lostMeanwhile(
  operation: "write" | "send",
  sent: number,
  total: number,
): TypeError {
  return new TypeError(
    `Cannot ${operation} from a buffer that was transferred away or resized meanwhile (${sent} of ${total} bytes were sent): keep it until the ${operation} settles, or give a copy`,
  );
}

/** The error of a read into a buffer that was transferred before. */
export function lostRoom(operation: "read" | "receive"): TypeError {
  return new TypeError(
    `Cannot ${operation} into a buffer that was transferred away or resized: give one that is there`,
  );
}

/** The error of a read whose buffer was transferred while it waited. */
export function lostRoomMeanwhile(operation: "read" | "receive"): TypeError {
  return new TypeError(
    `Cannot ${operation} into a buffer that was transferred away or resized meanwhile: keep it until the ${operation} settles`,
  );
}

const tagOf = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
)!.get!;
const lengthOf = Object.getOwnPropertyDescriptor(
  ArrayBuffer.prototype,
  "byteLength",
)!.get!;

/** Whether it is what bytes are made of, and no options. */
export function isBuffer(value: unknown): boolean {
  if (ArrayBuffer.isView(value)) return true;
  try {
    lengthOf.call(value);
    return true;
  } catch {
    return false;
  }
}

/**
 * What came in place of bytes, and how to make bytes of it. Calls nothing of the
 * value's own.
 */
function notBytes(value: unknown): { what: string; remedy?: string } {
  if (typeof value === "string") {
    return { what: "a string", remedy: "new TextEncoder().encode(text)" };
  }
  if (ArrayBuffer.isView(value)) {
    return {
      what: `a ${tagOf.call(value) ?? "DataView"}`,
      remedy: "new Uint8Array(view.buffer, view.byteOffset, view.byteLength)",
    };
  }
  if (isBuffer(value)) {
    return { what: "an ArrayBuffer", remedy: "new Uint8Array(buffer)" };
  }
  try {
    if (value instanceof Blob) {
      return {
        what: "a Blob",
        remedy: "new Uint8Array(await blob.arrayBuffer())",
      };
    }
  } catch {
    // A proxy's trap, or a runtime without them.
  }
  return { what: shown(value) };
}

/**
 * The error of a call that was given something else than bytes.
 *
 * @param doing What cannot be done with it, such as `"write"`.
 * @param wanted What to give, such as `"a Uint8Array"`.
 */
export function bytesWanted(
  doing: string,
  value: unknown,
  wanted: string,
): TypeError {
  const { what, remedy: usual } = notBytes(value);
  // There is no room in a text to read into.
  const isRoom = doing.endsWith("into") && !isBuffer(value);
  const remedy = isRoom ? undefined : usual;
  return new TypeError(
    `Cannot ${doing} ${what}: give ${wanted}${
      remedy === undefined ? "" : `, as in ${remedy}`
    }`,
  );
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
  if (!isArray(pieces)) {
    throw bytesWanted("write", pieces, "a Uint8Array, or an array of them");
  }
  for (const piece of pieces) {
    if (isBytes(piece)) continue;
    throw bytesWanted("write an array with", piece, "Uint8Arrays");
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
    if (piece.byteLength === 0) {
      if (isLost(piece)) throw lostBefore("write");
      continue;
    }
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
