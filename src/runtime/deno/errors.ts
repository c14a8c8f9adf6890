/**
 * Deno's errors, translated at the edge of the adapter.
 *
 * @module
 */
import { hasOwn } from "../../core/options/own_options.ts";
import { socketError } from "../../core/errno.ts";
import { type Operation, SocketError } from "../../api/errors.ts";
import type { Addr } from "../../api/stream.ts";

/** The codes of Deno's errors that carry none. */
const CODES: { readonly [name: string]: string } = {
  BadResource: "EBADF",
  Interrupted: "EINTR",
  NotConnected: "ENOTCONN",
};

/** errno of which Deno gives the number only, in its text (seen with 2.9). */
const ERRNO_NAMES = {
  linux: new Map([[91, "EPROTOTYPE"]]),
  bsd: new Map([[41, "EPROTOTYPE"]]),
};

/** The library's error for one of Deno's; a missing permission stays as it is. */
export function translate(
  error: unknown,
  operation: Operation,
  address: Addr | undefined,
): Error {
  if (error instanceof SocketError) return error;
  if (!(error instanceof Error) || error.name === "NotCapable") {
    return error as Error;
  }
  const code = ofReset(codeOf(error), operation);
  return socketError(code, operation, address, { cause: error });
}

/**
 * What macOS calls a reset that is on its way: a write meets a socket that shuts down
 * (EPROTOTYPE, which libuv calls ECONNRESET too), an option one that has (EINVAL,
 * `setsockopt(2)`).
 */
function ofReset(code: string, operation: Operation): string {
  if (Deno.build.os !== "darwin") return code;
  if (operation === "write" && code === "EPROTOTYPE") return "ECONNRESET";
  const isOption = operation === "setNoDelay" || operation === "setKeepAlive";
  return isOption && code === "EINVAL" ? "ECONNRESET" : code;
}

function codeOf(error: Error & { code?: string }): string {
  if (error.code !== undefined) return error.code;
  if (hasOwn(CODES, error.name)) return CODES[error.name];
  // Of a zone: Deno gives no code for it.
  if (error.message.endsWith("(os error 19)")) return "ENODEV";
  // The resolver's answers are plain errors that only their text tells.
  if (error.message.startsWith("failed to lookup address")) return "ENOTFOUND";
  const [, number] = /\(os error (\d+)\)$/.exec(error.message) ?? [];
  return ERRNO_NAMES[Deno.build.os === "linux" ? "linux" : "bsd"]
    .get(Number(number)) ?? "EUNKNOWN";
}
