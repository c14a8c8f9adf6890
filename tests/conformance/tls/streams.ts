/**
 * What any stream must stand, over TLS.
 *
 * @module
 */
import { cancelling } from "../stream/cancelling.ts";
import type { Case } from "../case.ts";
import { closing } from "../stream/closing.ts";
import { copying } from "../stream/copying.ts";
import { counting } from "../stream/counting.ts";
import { halfClose } from "../stream/half_close.ts";
import { piping } from "../stream/piping.ts";
import { reading } from "../stream/reading.ts";
import { streamChecks } from "../stream/stream_checks.ts";
import { streams } from "../stream/streams.ts";
import { overTls } from "./pair.ts";
import { writing } from "../stream/writing.ts";
import { boundedReads } from "../stream/bounded_reads.ts";
import { breaking } from "../stream/breaking.ts";

/** Cases of plain connections that hold over TLS as well. */
export const tlsStreams: readonly Case[] = overTls([
  ...reading,
  ...boundedReads,
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
