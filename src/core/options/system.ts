/**
 * Differences of operating systems: limits, missing features, signals and errnos.
 *
 * @module
 */

/** The properties of a system that the library uses. */
export interface System {
  /**
   * The maximum length of a Unix socket path in bytes; `Infinity` without Unix sockets.
   */
  readonly maxPathBytes: number;
  /** Why Unix sockets are not supported, if so. */
  readonly pathRefusal: string | undefined;
  /** Why `reusePort` is not supported, if so. */
  readonly reusePortRefusal: string | undefined;
  /** The signals that request a program to stop. */
  readonly stopSignals: readonly StopSignal[];
  /** errnos of `accept` that concern a single connection, which no longer exists. */
  readonly ofOneConnection: ReadonlySet<string>;
}

/** A signal that requests a program to stop. */
export type StopSignal = "SIGINT" | "SIGTERM" | "SIGBREAK" | "SIGHUP";

/**
 * The connection was reset while it was queued: then Deno cannot read its address
 * (ENOTCONN), and Windows reports ECONNRESET (`WSAAccept`). The others are network
 * errors that `accept(2)` of Linux passes on, to be treated as if there had been no
 * connection.
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

/** @param os The name in `process.platform` or `Deno.build.os`. */
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
      // Windows sends no SIGTERM. Ctrl-Break sends SIGBREAK, closing the console sends
      // SIGHUP.
      ? ["SIGINT", "SIGBREAK", "SIGHUP"]
      : ["SIGINT", "SIGTERM"],
    ofOneConnection: new Set(
      // On macOS, options of a socket that was reset fail with EINVAL.
      isMac ? [...OF_ONE_CONNECTION, "EINVAL"] : OF_ONE_CONNECTION,
    ),
  };
}
