/**
 * Programs that are told to stop.
 *
 * @module
 */
import { checkNames } from "../core/options/option_names.ts";
import { ownOption } from "../core/options/own_options.ts";
import { shown } from "../core/shown.ts";
import { adapter, loadedAdapter } from "../runtime/mod.ts";
import { NAMES } from "./option_names.ts";
import { checkMs } from "./options.ts";
import type { Server, ShutdownOptions } from "../api/serve.ts";

/**
 * Within so many milliseconds a signal is the same once more: under
 * `deno task`, and in other places that pass signals on to what they run, one
 * Ctrl-C comes twice (seen with Deno 2.9).
 */
const SAME_MS = 250;

/** See `shutdownOnSignal` of the module. */
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
  // At once where it can be: a program that has said it serves is told to stop
  // at any moment.
  const { onStopSignal } = loadedAdapter() ?? await adapter();
  let heardAt: number | undefined;
  const hear = () => {
    const now = performance.now();
    if (heardAt === undefined) {
      heardAt = now;
      server.shutdown(options);
    } else if (now - heardAt > SAME_MS) server.shutdown({ graceMs: 0 });
  };
  const takeBack = onStopSignal(hear);
  await server.finished;
  takeBack();
}
