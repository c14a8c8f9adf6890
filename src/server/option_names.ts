/**
 * The names of the options of `serve`.
 *
 * @module
 */
import {
  LISTEN,
  namesOf,
  type OrAddr,
  SERVE,
} from "../core/options/option_names.ts";
import type { ListenOptions } from "../api/stream.ts";
import type { MinRate, ServeOptions, ShutdownOptions } from "../api/serve.ts";

/** By what takes them: where to listen and how to serve, or the latter alone. */
export const NAMES = {
  all: namesOf<OrAddr<ListenOptions> | ServeOptions>({ ...LISTEN, ...SERVE }),
  serve: namesOf<ServeOptions>(SERVE),
  minRate: namesOf<MinRate>({ bytesPerSecond: 1, overMs: 1 }),
  shutdown: namesOf<ShutdownOptions>({ graceMs: 1 }),
} as const;
