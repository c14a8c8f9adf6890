/**
 * Byte arguments of callers: checks, errors, copies and joins.
 *
 * @module
 */
import { isArray, shown } from "../shown.ts";
import type { Chunk, Writable } from "../../api/stream.ts";

/** Pieces are joined up to this size, so that they cost one system call. */
export const MAX_JOINED_BYTES = 256 * 1024;

/** Whether a value is a `Uint8Array`, even of another realm, as in test runners. */
export function isBytes(value: unknown): value is Uint8Array {
  // `isView` comes first: it calls no trap of a proxy, which may throw.
  return ArrayBuffer.isView(value) &&
    (value instanceof Uint8Array ||
      (value as Uint8Array)[Symbol.toStringTag] === "Uint8Array");
}

const { at } = Uint8Array.prototype;

/**
 * Whether a view is empty because its buffer was transferred, or resized below it. An
 * empty view of an existing buffer is not lost.
 */
export function isLost(bytes: Uint8Array): boolean {
  if (bytes.byteLength > 0) return false;
  try {
    // On a detached or out-of-bounds view, every method of the prototype throws.
    at.call(bytes, 0);
    return false;
  } catch {
    return true;
  }
}

/** A buffer since ES2024; a `SharedArrayBuffer` has no `resizable`. */
interface ResizableBuffer {
  readonly resizable?: boolean;
}

/**
 * Returns the bytes in a buffer that is neither resizable nor shared.
 *
 * Other buffers are copied: their bytes could change or vanish before the kernel reads
 * them.
 */
export function steady(bytes: Uint8Array): Uint8Array {
  return (bytes.buffer as ResizableBuffer).resizable === false
    ? bytes
    : copyOf(bytes);
}

/**
 * Creates the error of a write or a send whose buffer was transferred before the call.
 */
export function lostBefore(operation: "write" | "send"): TypeError {
  return new TypeError(
    `Cannot ${operation} from a buffer that was transferred away or resized: give one that is there`,
  );
}

/** Creates the error of a write or a send whose buffer was transferred while pending. */
export function lostMeanwhile(
  operation: "write" | "send",
  sent: number,
  total: number,
): TypeError {
  return new TypeError(
    `Cannot ${operation} from a buffer that was transferred away or resized meanwhile (${sent} of ${total} bytes were sent): keep it until the ${operation} settles, or give a copy`,
  );
}

/** Creates the error of a read whose buffer was transferred before the call. */
export function lostRoom(operation: "read" | "receive"): TypeError {
  return new TypeError(
    `Cannot ${operation} into a buffer that was transferred away or resized: give one that is there`,
  );
}

/** Creates the error of a read whose buffer was transferred while pending. */
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

/** Whether a value is a view or an `ArrayBuffer`, and so no options object. */
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
 * Describes a value that is not bytes, and how to convert it. Calls no method of the
 * value.
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
    // A proxy trap threw, or the runtime has no `Blob`.
  }
  return { what: shown(value) };
}

/**
 * Creates the error of a call whose argument is not bytes.
 *
 * @param doing The call that is refused, such as `"write"`.
 * @param wanted The argument to give, such as `"a Uint8Array"`.
 */
export function bytesWanted(
  doing: string,
  value: unknown,
  wanted: string,
): TypeError {
  const { what, remedy: usual } = notBytes(value);
  // No conversion makes a value readable into, unless it has a buffer.
  const isRoom = doing.endsWith("into") && !isBuffer(value);
  const remedy = isRoom ? undefined : usual;
  return new TypeError(
    `Cannot ${doing} ${what}: give ${wanted}${
      remedy === undefined ? "" : `, as in ${remedy}`
    }`,
  );
}

/** Copies bytes; `slice()` of a Node `Buffer` shares its memory. */
export function copyOf(bytes: Uint8Array): Chunk {
  return new Uint8Array(bytes);
}

/**
 * Returns the bytes as a plain `Uint8Array`: the `slice()` and `toString()` of a Node
 * `Buffer` differ.
 */
export function plain(bytes: Chunk): Chunk {
  return bytes.constructor === Uint8Array
    ? bytes
    : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * Drops empty pieces, and joins adjacent ones if that is cheaper than a system call for
 * each.
 *
 * @returns The parts, and whether all of them are copies.
 */
export function gather(
  given: readonly Writable[],
): { parts: Uint8Array[]; owned: boolean } {
  if (!isArray(given)) {
    throw bytesWanted(
      "write",
      given,
      "a Uint8Array, a string, or an array of them",
    );
  }
  // Unlike map(), it visits holes.
  const pieces = Array.from(given, (piece) => {
    if (typeof piece === "string") return encoded(piece);
    if (isBytes(piece)) return piece;
    throw bytesWanted("write an array with", piece, "Uint8Arrays and strings");
  });
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

const encoder = new TextEncoder();

/** The UTF-8 of a text. */
export function encoded(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Joins pieces of `size` bytes in total into one buffer. */
export function join(pieces: readonly Uint8Array[], size: number): Uint8Array {
  const joined = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.byteLength;
  }
  return joined;
}
