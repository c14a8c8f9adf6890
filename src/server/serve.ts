/**
 * `serve()`, which checks its arguments and creates a server, and `shutdownOnSignal()`.
 *
 * @module
 */
import { checkNames, only, OPTIONS } from "../core/options/option_names.ts";
import { ownOption, ownOptions } from "../core/options/own_options.ts";
import { adapter, loadedAdapter } from "../runtime/mod.ts";
import { shown } from "../core/shown.ts";
import type { Addr, Listener, ListenOptions } from "../api/stream.ts";
import { checkMs, NAMES, planServe } from "./options.ts";
import { ConnServer } from "./server.ts";
import type {
  Handler,
  ServeOptions,
  Server,
  ShutdownOptions,
} from "../api/serve.ts";

/** Implements `serve` of `mod.ts`. */
export async function serveOn<A extends Addr>(
  where: Listener<A> | ListenOptions & ServeOptions<A>,
  handler: Handler<A>,
  options: ServeOptions<A> | undefined,
): Promise<Server<A>> {
  if (typeof handler !== "function") {
    throw new TypeError(
      `Cannot serve with ${shown(handler)} for a handler: give a function`,
    );
  }
  if (isListener(where)) {
    checkNames(options, NAMES.serve, "serve");
    const plan = planServe(options ?? {}, where.addr.transport);
    return new ConnServer(where, handler, plan);
  }
  if (options !== undefined) {
    throw new TypeError(
      "Cannot serve with options in the third place: give all of them in the first",
    );
  }
  checkNames(where, NAMES.all, "serve");
  const own = ownOptions(where);
  const transport = own?.path === undefined ? "tcp" : "unix";
  const plan = planServe<A>(own ?? {}, transport);
  const listener = await (await adapter()).listen(
    own && only<ListenOptions>(own, OPTIONS.listen),
  ) as Listener<A>;
  return new ConnServer(listener, handler, plan);
}

function isListener<A extends Addr>(
  where: Listener<A> | ListenOptions & ServeOptions<A>,
): where is Listener<A> {
  return typeof (where as Partial<Listener> | null)?.accept === "function";
}

/**
 * A second signal within this time counts as the first. Under `deno task`, and other
 * programs that forward signals, one Ctrl-C arrives twice (seen with Deno 2.9).
 */
const SAME_MS = 250;

/** Implements `shutdownOnSignal` of `mod.ts`. */
export async function stopAtSignals(
  server: Pick<Server, "finished" | "shutdown">,
  options: ShutdownOptions | undefined,
): Promise<void> {
  if (
    typeof server !== "object" || server === null ||
    typeof server.shutdown !== "function" ||
    typeof server.finished?.then !== "function"
  ) {
    throw new TypeError(
      `Cannot shut down ${
        shown(server)
      } on signals: give what serve() resolves to`,
    );
  }
  checkNames(options, NAMES.shutdown, "shut down");
  checkMs("graceMs", ownOption(options, "graceMs"), 0, true);
  // Synchronous if possible: a signal may arrive as soon as the program serves.
  const { onStopSignal } = loadedAdapter() ?? await adapter();
  let signalledAt: number | undefined;
  const onSignal = () => {
    const now = performance.now();
    if (signalledAt === undefined) {
      signalledAt = now;
      server.shutdown(options);
    } else if (now - signalledAt > SAME_MS) server.shutdown({ graceMs: 0 });
  };
  const remove = onStopSignal(onSignal);
  await server.finished;
  remove();
}
