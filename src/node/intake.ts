/**
 * Reading without a buffer for each chunk, for sockets that connect.
 *
 * Node can be told to read into a buffer of ours (the option `onread`), which
 * all sockets share: what is in there is dealt with before the next one reads.
 * Node cannot be told so for sockets that it accepts.
 *
 * @module
 */
import type { OnReadOpts } from "node:net";
import type { Chunk } from "../types.ts";
import { MAKES_UP_ENDS } from "./paced_reading.ts";

/** As much as Node reads at once otherwise. */
const BUFFER_BYTES = 64 * 1024;

/**
 * Not where a false end is to be kept out, which takes Node's own queue; nor on
 * Windows, which fills the buffers of several sockets at a time.
 */
const POSSIBLE = !MAKES_UP_ENDS && process.platform !== "win32";

let inUse = false;

/**
 * Lets sockets be made so. Bun does not: it reads 512 KiB at once, which it
 * would then copy in eight pieces.
 */
export function useIntakes(): void {
  inUse = POSSIBLE;
}

let shared: Chunk | undefined;

/** Takes a socket's bytes, for its link. */
export class Intake {
  /** Takes bytes that are there during the call only. */
  take: (bytes: Chunk) => void = () => {};

  /** An intake, where there is to be one. */
  static create(): Intake | undefined {
    return inUse ? new Intake() : undefined;
  }

  /** What the socket is to be made with. */
  get onread(): OnReadOpts {
    const buffer = shared ??= new Uint8Array(BUFFER_BYTES);
    return {
      buffer,
      callback: (length) => {
        this.take(buffer.subarray(0, length));
        return true;
      },
    };
  }
}
