/**
 * Unix stream sockets on `Deno.listen` and `Deno.connect`.
 *
 * @module
 */
import { connOver } from "../core/conn.ts";
import { bareOptions } from "../core/own_options.ts";
import type { UnixConnectPlan, UnixListenPlan } from "../core/options.ts";
import {
  closeOwnFile,
  type FileId,
  type Files,
  listenReclaiming,
  refuses,
} from "../core/socket_file.ts";
import { socketError } from "../errno.ts";
import type { Conn, Listener, UnixAddr } from "../types.ts";
import { translate } from "./errors.ts";
import { linkOver } from "./link.ts";
import { addressesFree, listenerOver } from "./listener.ts";

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
  return connOver(linkOver(inner, copyOf(inner.localAddr), address));
}

// deno-lint-ignore require-await -- what Deno throws is to be a rejection
async function bind(plan: UnixListenPlan): Promise<Listener<UnixAddr>> {
  const { path, address } = plan;
  let inner: Deno.UnixListener;
  try {
    inner = Deno.listen(bareOptions({ transport: "unix", path }));
  } catch (error) {
    throw translate(error, "listen", address);
  }
  const id = identifyOwn(path);
  return listenerOver<UnixAddr, Deno.UnixConn>(inner, {
    address,
    ends: (conn) => [address, copyOf(conn.remoteAddr)],
    prepare() {},
    close(close) {
      closeOwnFile({ path, id }, files, close);
    },
  });
}

/** Without the right to look at it, no file is known to be ours. */
function identifyOwn(path: string): FileId | undefined {
  try {
    return files.identify(path);
  } catch {
    return undefined;
  }
}

/** An end that was never bound has the path `null` on Deno. */
function copyOf({ path }: Deno.UnixAddr): UnixAddr {
  return { transport: "unix", path: path ?? "" };
}
