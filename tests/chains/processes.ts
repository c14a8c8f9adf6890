/**
 * Programs that the chain suite builds, feeds and reads.
 *
 * @module
 */
import { join } from "node:path";
import { CACHE } from "../../scripts/places.ts";
import { needs } from "../interop/needs.ts";
import { Lines } from "../interop/lines.ts";

/** Milliseconds that a program may run. */
const LIMIT_MS = 120_000;

/** Why nothing of the suite can run here. */
export const SKIP = needs("golang", "go version") ??
  needs(
    "gcc with libssl-dev",
    "echo '#include <openssl/x509.h>' | gcc -E -xc - -o /dev/null",
  );

/** What is built, and where verdicts are written. */
export const FOLDER = join(CACHE, "test", "chains");

/** How to start a program. */
export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** The programs that were built. */
export interface Programs {
  readonly peer: string;
  readonly go: string;
  readonly openssl: string;
}

let built: Promise<Programs> | undefined;

/** Builds the peers and oracles, once per process. */
export function programs(): Promise<Programs> {
  return built ??= build();
}

async function build(): Promise<Programs> {
  await Deno.mkdir(FOLDER, { recursive: true });
  const made = (name: string) => join(FOLDER, name);
  const source = (path: string) => join(import.meta.dirname!, path);
  const go = (name: string, ...files: string[]) =>
    run({
      command: "go",
      args: ["build", "-o", made(name), ...files.map(source)],
      // Nothing but the standard library.
      env: {
        GO111MODULE: "off",
        GOFLAGS: "",
        GOCACHE: join(CACHE, "go"),
      },
    });
  await go("peer", "peers/peer.go", "peers/serve.go", "peers/present.go");
  await go("verify_go", "oracles/verify.go");
  await run({
    command: "gcc",
    args: [
      "-O1",
      "-o",
      made("verify_openssl"),
      source("oracles/verify.c"),
      "-lcrypto",
    ],
  });
  return {
    peer: made("peer"),
    go: made("verify_go"),
    openssl: made("verify_openssl"),
  };
}

/** A program was ended by a signal. */
export class Crash extends Error {
  override readonly name = "Crash";
}

/**
 * Runs a program to its end, and returns the lines that it has printed.
 *
 * @throws {Crash} A signal ended it
 * @throws {Error} It failed
 */
export async function run(
  { command, args, env = {} }: Command,
  input?: string,
): Promise<string[]> {
  const child = new Deno.Command(command, {
    args: [...args],
    env: { ...env },
    stdin: input === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    end(child);
  }, LIMIT_MS);
  try {
    const [{ success, code, signal, stdout, stderr }] = await Promise.all([
      child.output(),
      input === undefined ? undefined : feed(child.stdin, input),
    ]);
    const text = new TextDecoder();
    if (late) throw new Error(`${command} took more than ${LIMIT_MS} ms`);
    if (signal !== null) throw new Crash(`${command} ended with ${signal}`);
    if (!success) {
      throw new Error(
        `${command} ended with ${code}: ${text.decode(stderr)}`,
      );
    }
    return text.decode(stdout).split("\n").filter((line) => line !== "");
  } finally {
    clearTimeout(timer);
  }
}

async function feed(
  stdin: WritableStream<Uint8Array<ArrayBuffer>>,
  input: string,
): Promise<void> {
  const writer = stdin.getWriter();
  try {
    await writer.write(new TextEncoder().encode(input));
    await writer.close();
  } catch {
    // The program has ended early, which its exit code explains.
  }
}

/**
 * Runs something with some items; where it crashes, with either half of them, so
 * that one item costs no other its result.
 *
 * @param crashed What a single item that crashes it results in.
 */
export async function halving<T, R>(
  items: readonly T[],
  run: (items: readonly T[]) => Promise<readonly R[]>,
  crashed: (item: T, crash: Crash) => R,
): Promise<R[]> {
  try {
    return [...await run(items)];
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
    if (items.length === 1) return [crashed(items[0], error)];
    const middle = Math.ceil(items.length / 2);
    return [
      ...await halving(items.slice(0, middle), run, crashed),
      ...await halving(items.slice(middle), run, crashed),
    ];
  }
}

/** A program that answers lines of its input by lines of JSON. */
export class Talker implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #lines: Lines;

  constructor({ command, args, env = {} }: Command) {
    this.#child = new Deno.Command(command, {
      args: [...args],
      env: { ...env },
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#stdin = this.#child.stdin.getWriter();
    this.#lines = new Lines(this.#child.stdout);
  }

  /**
   * The next line that it prints.
   *
   * @throws {Crash} A signal has ended it
   */
  async hear<T>(purpose: string): Promise<T> {
    let line: string;
    try {
      line = await this.#lines.next(purpose);
    } catch (error) {
      end(this.#child);
      const { signal } = await this.#child.status;
      if (signal === null || signal === "SIGKILL") throw error;
      throw new Crash(`It ended with ${signal}`, { cause: error });
    }
    return JSON.parse(line) as T;
  }

  /** Says a line, and hears the next. */
  async ask<T>(line: string): Promise<T> {
    await this.#stdin.write(new TextEncoder().encode(`${line}\n`));
    return await this.hear<T>(`answer "${line}"`);
  }

  /** Lets it end. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stdin.close().catch(() => {});
    end(this.#child);
    await this.#child.status;
    await this.#lines.cancel();
  }
}

function end(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended by itself.
  }
}
