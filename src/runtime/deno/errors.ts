/**
 * Translates Deno's errors to those of the library.
 *
 * @module
 */
import { hasOwn } from "../../core/options/own_options.ts";
import { socketError } from "../../core/errno.ts";
import { type Operation, SocketError } from "../../api/errors.ts";
import type { Addr } from "../../api/stream.ts";

/** The codes of those Deno errors that have none, by name. */
const CODES: { readonly [name: string]: string } = {
  BadResource: "EBADF",
  Interrupted: "EINTR",
  NotConnected: "ENOTCONN",
};

/** errnos that Deno reports only as a number in the message (seen with 2.9). */
const ERRNO_NAMES = {
  linux: new Map([[91, "EPROTOTYPE"]]),
  bsd: new Map([[41, "EPROTOTYPE"]]),
};

/** Translates an error of Deno. The error of a missing permission is returned unchanged. */
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
 * Returns ECONNRESET for the errnos by which macOS reports a reset in progress. A write
 * to a socket that shuts down fails with EPROTOTYPE, which libuv calls ECONNRESET too.
 * Setting an option after the shutdown fails with EINVAL (`setsockopt(2)`).
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
  // An unknown zone, for which Deno gives no code.
  if (error.message.endsWith("(os error 19)")) return "ENODEV";
  // Errors of the resolver differ from other errors only in their message.
  if (error.message.startsWith("failed to lookup address")) return "ENOTFOUND";
  const [, number] = /\(os error (\d+)\)$/.exec(error.message) ?? [];
  return ERRNO_NAMES[Deno.build.os === "linux" ? "linux" : "bsd"]
    .get(Number(number)) ?? "EUNKNOWN";
}
