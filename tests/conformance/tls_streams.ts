/**
 * What any stream must stand, over TLS.
 *
 * @module
 */
import { cancelling } from "./cancelling.ts";
import type { Case } from "./case.ts";
import { closing } from "./closing.ts";
import { copying } from "./copying.ts";
import { counting } from "./counting.ts";
import { halfClose } from "./half_close.ts";
import { piping } from "./piping.ts";
import { reading } from "./reading.ts";
import { streamChecks } from "./stream_checks.ts";
import { streams } from "./streams.ts";
import { overTls } from "./tls_pair.ts";
import { writing } from "./writing.ts";
import { breaking } from "./breaking.ts";

/** Cases of plain connections that hold over TLS as well. */
export const tlsStreams: readonly Case[] = overTls([
  ...reading,
  ...writing,
  ...breaking,
  ...halfClose,
  ...cancelling,
  ...closing,
  ...streams,
  ...piping,
  ...copying,
  ...streamChecks,
  ...counting,
], [
  // Its peers speak no TLS; a reset that is none has an error of its own here.
  "a peer's end and close() with nothing pending disturb no other",
  "reset() ends both directions, and a second one has no effect",
]);
