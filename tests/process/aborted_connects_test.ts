/**
 * Connecting that is aborted leaves nothing open, whenever the abort comes.
 *
 * @module
 */
import { assertEquals, assertGreater } from "@std/assert";
import { noProc } from "./machine.ts";
import { noCertificates, pemForTests } from "./pem.ts";
import { onRuntimes, start } from "./program.ts";

const pem = pemForTests();

/** What has become of the attempts of one kind. */
interface Report {
  /** How many were aborted, and how many connected before. */
  readonly inTime: number;
  readonly tooLate: number;
  /** How many connections the server sees neither end nor break. */
  readonly open: number;
  /** How many sockets this process has more than before. */
  readonly sockets: number;
}

/** Ways to connect. */
const KINDS = [
  "tcp",
  "name",
  "unix",
  "tls",
  "tlsUnix",
  "startTls",
  "berkeley",
  "datagram",
];

onRuntimes(
  "connecting leaves no connection and no descriptor when it is aborted, whenever that is",
  { skip: noCertificates ?? noProc, limitMs: 60_000 },
  async (runtime) => {
    await using child = start(runtime, "aborts_connects", [pem.folder], {
      limitMs: 30_000,
    });
    for (const kind of KINDS) {
      const { inTime, open, sockets } = await child.tells<Report>(kind);
      assertEquals({ kind, open, sockets }, { kind, open: 0, sockets: 0 });
      assertGreater(inTime, 0, `no ${kind} was aborted`);
    }
    const { code, stderr } = await child.exit();
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
  },
);
