/**
 * Unix listeners on `Deno.listen`.
 *
 * @module
 */
import { bareOptions } from "../../core/options/own_options.ts";
import type { UnixListenPlan } from "../../core/options/stream.ts";
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
import type { Listener, UnixAddr } from "../../api/stream.ts";
import { translate } from "./errors.ts";
import { connectUnix, unixAddrOf } from "./connect.ts";
import { addressesFree, openListener } from "./listen.ts";

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
    // `Deno.cwd()` without the permission would prompt.
    const { state } = Deno.permissions.querySync({ name: "read", path: "." });
    return state === "granted" ? `${Deno.cwd()}/${path}` : undefined;
  },
  umask: Deno.umask,
  chmod: Deno.chmodSync,
};

/** See `RuntimeParts.unix`. */
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

// deno-lint-ignore require-await -- an error of Deno.listen becomes a rejection
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
  const listener = openListener<UnixAddr, Deno.UnixListener, Deno.UnixConn>(
    inner,
    {
      bound: () => address,
      ends: ({ remoteAddr }) => ({
        localAddr: address,
        remoteAddr: unixAddrOf(remoteAddr),
      }),
      close: (stop) => closeOwnFile(file, files, stop),
    },
  );
  try {
    widen(path, mode, files);
  } catch (error) {
    listener.close();
    throw translate(error, "listen", address);
  }
  return listener;
}
