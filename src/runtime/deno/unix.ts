/**
 * Unix stream sockets on `Deno.listen` and `Deno.connect`.
 *
 * @module
 */
import { connOver } from "../../core/stream/conn.ts";
import { bareOptions } from "../../core/options/own_options.ts";
import type {
  UnixConnectPlan,
  UnixListenPlan,
} from "../../core/options/stream.ts";
import {
  closeOwnFile,
  type FileId,
  type Files,
  listenReclaiming,
  ownFile,
  refuses,
  widen,
  withMode,
} from "../../core/stream/unix_socket_file.ts";
import { socketError } from "../../core/errno.ts";
import type { Conn, Listener, UnixAddr } from "../../api/stream.ts";
import { translate } from "./errors.ts";
import { backendOver } from "./conn.ts";
import { addressesFree, listenerOver } from "./listen.ts";

const files: Files = {
  identify(path: string): FileId | undefined {
    try {
      const { dev, ino, mtime, isSocket } = Deno.lstatSync(path);
      const modifiedMs = mtime === null ? null : mtime.getTime();
      return { dev, ino, modifiedMs, isSocket: isSocket === true };
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  },
  rename: Deno.renameSync,
  unlink: Deno.removeSync,
  absolute(path: string): string | undefined {
    if (path.startsWith("/")) return path;
    // Asked for without the right to, Deno would prompt.
    const { state } = Deno.permissions.querySync({ name: "read", path: "." });
    return state === "granted" ? `${Deno.cwd()}/${path}` : undefined;
  },
  umask: Deno.umask,
  chmod: Deno.chmodSync,
};

/** See `Network.listen`. */
export async function listenUnix(
  plan: UnixListenPlan,
): Promise<Listener<UnixAddr>> {
  if (plan.backlogGiven) {
    throw socketError("ENOTSUP", "listen", plan.address, {
      reason: "Deno cannot set the backlog of a Unix socket",
    });
  }
  await addressesFree();
  plan.signal?.throwIfAborted();
  return await listenReclaiming(
    plan,
    files,
    () => bind(plan),
    () => refuses(() => connectUnix(plan, undefined)),
  );
}

/** See `Network.connect`. */
export async function connectUnix(
  { path, address }: Pick<UnixConnectPlan, "path" | "address">,
  signal: AbortSignal | undefined,
): Promise<Conn<UnixAddr>> {
  await addressesFree();
  let inner: Deno.UnixConn;
  try {
    inner = await Deno.connect(bareOptions({ transport: "unix", path }));
  } catch (error) {
    throw translate(error, "connect", address);
  }
  // Deno does not look at a signal here. Connecting to a Unix socket does not
  // wait, so nothing is lost by looking afterwards.
  if (signal?.aborted) {
    inner.close();
    throw signal.reason;
  }
  return connOver(backendOver(inner, copyOf(inner.localAddr), address));
}

// deno-lint-ignore require-await -- what Deno throws is to be a rejection
async function bind(plan: UnixListenPlan): Promise<Listener<UnixAddr>> {
  const { path, mode, address } = plan;
  let inner: Deno.UnixListener;
  try {
    inner = withMode(
      mode,
      files,
      () => Deno.listen(bareOptions({ transport: "unix", path })),
    );
  } catch (error) {
    throw translate(error, "listen", address);
  }
  const file = ownFile(path, files);
  const listener = listenerOver<UnixAddr, Deno.UnixConn>(inner, {
    address,
    ends: (conn) => [address, copyOf(conn.remoteAddr)],
    prepare() {},
    close(close) {
      closeOwnFile(file, files, close);
    },
  });
  try {
    widen(path, mode, files);
  } catch (error) {
    listener.close();
    throw translate(error, "listen", address);
  }
  return listener;
}

/** An end that was never bound has the path `null` on Deno. */
function copyOf({ path }: Deno.UnixAddr): UnixAddr {
  return { transport: "unix", path: path ?? "" };
}
