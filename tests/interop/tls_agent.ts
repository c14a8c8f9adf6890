/**
 * Either end of connections, in a process that tests tell what to do.
 *
 * @module
 */
import type { Invocation } from "../runtimes.ts";
import { Lines } from "./lines.ts";

/** What is done with a connection, in order; the verbs are those of the programs. */
export type Steps = readonly (readonly [verb: string, value?: unknown])[];

/** How the steps went. */
export interface Report {
  /** What `handshake` resolved with. */
  readonly info?: Learned;
  /** What was read, by each step that reads. */
  readonly texts: readonly string[];
  /** What came after that, once it was read to its end. */
  readonly end?: string;
  /** Which step failed, if one did. */
  readonly failed?: {
    readonly at: string;
    readonly error: string;
    readonly message: string;
  };
}

/** What one end has learned from a handshake. */
export interface Learned {
  readonly version: string;
  readonly cipher: string;
  readonly alpn: string | null;
  readonly serverName: string | null;
  /** The peer's, DER in base64. */
  readonly certificate: string | null;
  /** Python does not tell. */
  readonly verified?: boolean;
}

/** A listener of the agent's. */
export interface AgentListener extends AsyncDisposable {
  readonly port: number;
  /** Waits for the next connection, and takes the steps with it. */
  accept(steps: Steps): Promise<Report>;
  /** Gives it other certificates. Python does not. */
  reload(options: Means): Promise<void>;
}

/** How to listen or connect: the program's own options. */
export interface Means {
  readonly [option: string]: unknown;
  /** Whether Anyport is to do without TLS, until the step `startTls`. */
  readonly plain?: boolean;
}

/** The process. */
export class Agent {
  readonly #child: Deno.ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #lines: Lines;
  readonly #waiting = new Map<number, PromiseWithResolvers<Answer>>();
  #hearing = false;
  #calls = 0;

  constructor({ command, args, env }: Invocation) {
    this.#child = new Deno.Command(command, {
      args,
      env,
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#stdin = this.#child.stdin.getWriter();
    this.#lines = new Lines(this.#child.stdout);
  }

  /** Listens. */
  async listen({ plain, ...options }: Means): Promise<AgentListener> {
    const { id, port } = await this.#call({ do: "listen", plain, options });
    return {
      port: port!,
      accept: (steps) => this.#report({ do: "accept", listener: id, steps }),
      reload: async (options) => {
        await this.#call({ do: "reload", listener: id, options });
      },
      [Symbol.asyncDispose]: async () => {
        await this.#call({ do: "close", listener: id });
      },
    };
  }

  /** Connects, and takes the steps. */
  connect({ plain, ...options }: Means, steps: Steps): Promise<Report> {
    return this.#report({ do: "connect", plain, options, steps });
  }

  /** Lets it end. */
  async stop(): Promise<void> {
    await this.#stdin.close().catch(() => {});
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.#child.status;
    await this.#lines.cancel();
  }

  async #report(request: object): Promise<Report> {
    const { id: _, ...report } = await this.#call(request);
    return report as unknown as Report;
  }

  async #call(request: object): Promise<Answer> {
    const id = ++this.#calls;
    const waiter = Promise.withResolvers<Answer>();
    this.#waiting.set(id, waiter);
    const line = JSON.stringify({ id, ...request }) + "\n";
    await this.#stdin.write(new TextEncoder().encode(line));
    if (!this.#hearing) this.#hear();
    const answer = await waiter.promise;
    if (answer.refused !== undefined) throw new Error(answer.refused);
    return answer;
  }

  /** Hears answers as long as any is waited for: tests are to leave no read behind. */
  async #hear(): Promise<void> {
    this.#hearing = true;
    try {
      while (this.#waiting.size > 0) {
        const answer = JSON.parse(await this.#lines.next("answer")) as Answer;
        this.#waiting.get(answer.id)?.resolve(answer);
        this.#waiting.delete(answer.id);
      }
    } catch (error) {
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    } finally {
      this.#hearing = false;
    }
  }
}

interface Answer {
  readonly id: number;
  readonly port?: number;
  /** The error of an action that failed as a whole. */
  readonly refused?: string;
}
