/**
 * What Python and Anyport tell each other once secured, and how they end.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Report, Steps } from "./tls_agent.ts";
import { brief, type TlsCase } from "./tls_bench.ts";
import { inBothVersions, meet, other, ROLES, skip } from "./tls_python.ts";

const MEGABYTE = 1024 * 1024;

/** What both do, and what shows; with Python as either end. */
interface Exchange {
  readonly title: string;
  readonly python: Steps;
  readonly anyport: Steps;
  /** Whether Python has to send close_notify and not wait for Anyport's. */
  readonly inMemory?: boolean;
  readonly expected: {
    readonly python: Omit<Report, "info" | "failed">;
    readonly anyport: Omit<Report, "info" | "failed">;
  };
}

const EXCHANGES: readonly Exchange[] = [{
  title: "a megabyte of Python's comes back",
  python: [["handshake"], ["pour", MEGABYTE], ["unwrap"]],
  anyport: [["handshake"], ["echo"]],
  expected: {
    python: { texts: [`${MEGABYTE} bytes`] },
    anyport: { texts: [], end: "EOF" },
  },
}, {
  title: "a megabyte of Anyport's comes back",
  python: [["handshake"], ["echo"], ["unwrap"]],
  anyport: [["handshake"], ["pour", MEGABYTE], ["closeWrite"], ["readEnd"]],
  expected: {
    python: { texts: [], end: "EOF" },
    anyport: { texts: [`${MEGABYTE} bytes`, ""], end: "EOF" },
  },
}, {
  title: "close() sends close_notify",
  python: [["handshake"], ["readEnd"]],
  anyport: [["handshake"], ["write", "bye\n"], ["close"]],
  expected: {
    python: { texts: ["bye\n"], end: "EOF" },
    anyport: { texts: [] },
  },
}, {
  title: "close() right after the handshake sends close_notify",
  python: [["handshake"], ["readEnd"]],
  anyport: [["handshake"], ["close"]],
  expected: {
    python: { texts: [""], end: "EOF" },
    anyport: { texts: [] },
  },
}, {
  title: "Python's close_notify is an end, and is answered by close()",
  python: [["handshake"], ["write", "bye\n"], ["unwrap"]],
  anyport: [["handshake"], ["readEnd"], ["close"]],
  expected: {
    python: { texts: [] },
    anyport: { texts: ["bye\n"], end: "EOF" },
  },
}, {
  title: "an end without close_notify is UnexpectedEof",
  // With the second of them it has read the server's tickets: unread, they would
  // make its system send a reset.
  python: [
    ["handshake"],
    ["read", 3],
    ["write", "bye\n"],
    ["read", 3],
    ["cut"],
  ],
  anyport: [
    ["handshake"],
    ["write", "hi\n"],
    ["read", 4],
    ["write", "ho\n"],
    ["readEnd"],
  ],
  expected: {
    python: { texts: ["hi\n", "ho\n"] },
    anyport: { texts: ["bye\n", ""], end: "UnexpectedEof EOF" },
  },
}, {
  title: "closeWrite() leaves Python free to go on",
  python: [["handshake"], ["readEnd"], ["write", "more\n"], ["unwrap"]],
  anyport: [["handshake"], ["write", "ask\n"], ["closeWrite"], ["readEnd"]],
  expected: {
    python: { texts: ["ask\n"], end: "EOF" },
    anyport: { texts: ["more\n"], end: "EOF" },
  },
}, {
  title: "writing goes on after Python's half-close",
  inMemory: true,
  python: [["handshake"], ["write", "ask\n"], ["closeWrite"], ["readEnd"]],
  anyport: [["handshake"], ["readEnd"], ["write", "more\n"], ["close"]],
  expected: {
    python: { texts: ["more\n"], end: "EOF" },
    anyport: { texts: ["ask\n"], end: "EOF" },
  },
}];

/** A test for each, with Python as either end. */
export const pythonExchanges = EXCHANGES.flatMap((
  { title, expected, inMemory = false, ...steps },
) =>
  ROLES.map((role): TlsCase => ({
    name: `python3 ${role} ↔ ${other(role)}: ${title}`,
    skip,
    run: (bench) =>
      inBothVersions(async (version) => {
        const setting = { python: { version, inMemory } };
        const reports = await meet(bench, role, setting, steps);
        for (const who of ["python", "anyport"] as const) {
          const { info: _, ...report } = brief(reports[who]);
          assertEquals(report, expected[who], `${who}, ${version}`);
        }
      }),
  }))
);
