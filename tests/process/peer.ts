/**
 * A peer that can do what no runtime can: `peer.py`, asked by lines.
 *
 * @module
 */
import { Child } from "./child.ts";

/** The requests that `peer.py` knows. */
type Request =
  | "listen"
  | "accept"
  | `connect ${number}`
  | `send ${string}`
  | "echo"
  | "reset"
  | "close"
  | `flood ${number}`
  | `swarm ${number} ${number}`;

/** A peer with a process of its own. */
export class Peer implements AsyncDisposable {
  readonly #child = new Child({
    name: "peer.py",
    command: "python3",
    args: [`${import.meta.dirname}/peer.py`],
    listens: true,
  });

  /** Does as told; returns the number that the request is answered with. */
  async ask(request: Request): Promise<number> {
    await this.#child.hear(request);
    return Number(await this.#child.says("done"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child[Symbol.asyncDispose]();
  }
}
