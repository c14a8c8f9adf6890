/**
 * What stands behind `serve`: its arguments told apart, and a server made.
 *
 * @module
 */
import { checkNames, only, OPTIONS } from "../core/options/option_names.ts";
import { ownOptions } from "../core/options/own_options.ts";
import { adapter } from "../runtime/mod.ts";
import { shown } from "../core/shown.ts";
import type { Addr, Listener, ListenOptions } from "../api/stream.ts";
import { NAMES } from "./option_names.ts";
import { planServe } from "./options.ts";
import { ConnServer } from "./server.ts";
import type { Handler, ServeOptions, Server } from "../api/serve.ts";

/** See `serve` of the module. */
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
