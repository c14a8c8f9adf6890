/**
 * What operating systems lack, and call by other names.
 *
 * @module
 */

/** A system, as far as the library asks. */
export interface System {
  /** The longest path of a Unix socket in bytes; `Infinity` where there is none. */
  readonly maxPathBytes: number;
  /** Why there are no Unix sockets, if so. */
  readonly pathRefusal: string | undefined;
  /** Why there is no `reusePort`, if so. */
  readonly reusePortRefusal: string | undefined;
  /** The signals that tell a program to stop. */
  readonly stopSignals: readonly StopSignal[];
  /** errnos of `accept` that tell of one connection only, which is gone by then. */
  readonly ofOneConnection: ReadonlySet<string>;
}

/** A signal that tells a program to stop. */
export type StopSignal = "SIGINT" | "SIGTERM" | "SIGBREAK" | "SIGHUP";

/**
 * Reset while it was queued (Deno then fails to ask for its address, ENOTCONN), or one
 * of the network errors that `accept(2)` of Linux passes on, and says to treat as if
 * there had been no connection. Windows has ECONNRESET for the first (`WSAAccept`).
 */
const OF_ONE_CONNECTION = [
  "ENOTCONN",
  "ECONNABORTED",
  "ECONNRESET",
  "EPROTO",
  "ENETDOWN",
  "ENETUNREACH",
  "EHOSTDOWN",
  "EHOSTUNREACH",
  "ENONET",
  "ENOPROTOOPT",
];

/** @param os As `process.platform` or `Deno.build.os` calls it. */
export function systemOf(os: string): System {
  const isWindows = os === "win32" || os === "windows";
  const isMac = os === "darwin";
  return {
    // `sun_path` holds 108 bytes on Linux, 104 on the BSDs and macOS, NUL included.
    maxPathBytes: isWindows
      ? Infinity
      : os === "linux" || os === "android"
      ? 107
      : 103,
    pathRefusal: isWindows
      ? "there are no Unix sockets on Windows, and named pipes are not supported; paths are refused, so use TCP on 127.0.0.1"
      : undefined,
    reusePortRefusal: isWindows
      ? "Windows has no SO_REUSEPORT; leave reusePort out"
      : isMac
      ? "SO_REUSEPORT of macOS does not spread connections; leave reusePort out"
      : undefined,
    stopSignals: isWindows
      // SIGTERM is not sent there: Ctrl-Break and a console that closes are.
      ? ["SIGINT", "SIGBREAK", "SIGHUP"]
      : ["SIGINT", "SIGTERM"],
    ofOneConnection: new Set(
      // There a socket that was reset has no options any more: EINVAL.
      isMac ? [...OF_ONE_CONNECTION, "EINVAL"] : OF_ONE_CONNECTION,
    ),
  };
}
