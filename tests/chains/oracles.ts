/**
 * Verifiers that the suite is compared with.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { fileURLToPath } from "node:url";
import type { Runtime } from "../runtimes.ts";
import { type ChainCase, plain } from "./case.ts";
import type { Der } from "./der.ts";
import { halving, programs, run } from "./processes.ts";
import { serving } from "./serving.ts";

/** What a verifier thinks of one chain. */
export interface Opinion {
  readonly trusted: boolean;
  readonly reason?: string;
}

/** By the name of the case. */
export type Opinions = ReadonlyMap<string, Opinion>;

/** The verifiers that are the same for each runtime, by their names. */
export async function commonOracles(
  cases: readonly ChainCase[],
): Promise<Readonly<Record<string, Opinions>>> {
  const [go, openssl, strict] = await Promise.all([
    goOpinions(cases),
    opensslOpinions(cases, "plain"),
    opensslOpinions(cases, "strict"),
  ]);
  return { go, openssl, "openssl strict": strict };
}

async function goOpinions(cases: readonly ChainCase[]): Promise<Opinions> {
  const { go } = await programs();
  const input = cases.map((item) => JSON.stringify(inGo(item))).join("\n");
  const lines = await run({ command: go, args: [] }, input);
  return opinionsIn(lines);
}

/** The dot that ends an absolute name is not part of what is compared. */
function inGo(item: ChainCase) {
  return { ...plain(item), host: item.host.replace(/\.$/, "") };
}

async function opensslOpinions(
  cases: readonly ChainCase[],
  mode: "plain" | "strict",
): Promise<Opinions> {
  const { openssl } = await programs();
  const hex = (list: readonly Der[]) =>
    list.map((der) => Buffer.from(der).toString("hex")).join(",");
  const input = cases.map(({ purpose, host, anchors, sent }) =>
    [purpose, host.replace(/\.$/, ""), hex(anchors), hex(sent)].join("\t")
  ).join("\n");
  const lines = await run({ command: openssl, args: [mode] }, `${input}\n`);
  return new Map(cases.map(({ name }, index) => [name, {
    trusted: lines[index] === "trusted",
    reason: lines[index],
  }]));
}

/** The runtime's own client, for the cases of servers; what crashes it is refused. */
export async function ownOpinions(
  runtime: Runtime,
  cases: readonly ChainCase[],
): Promise<Opinions> {
  const program = fileURLToPath(
    new URL("programs/own.mjs", import.meta.url),
  );
  const opinions = await halving(
    cases,
    async (cases) => {
      await using server = await serving(cases, "tcp13");
      const lines = await run(runtime.command(program, [server.file]));
      return [...opinionsIn(lines)];
    },
    ({ name }, { message }): [string, Opinion] => [
      name,
      { trusted: false, reason: message },
    ],
  );
  return new Map(opinions);
}

function opinionsIn(lines: readonly string[]): Opinions {
  return new Map(lines.map((line) => {
    const { name, ...opinion } = JSON.parse(line);
    return [name, opinion] as [string, Opinion];
  }));
}
