/**
 * What a server prints, line by line.
 *
 * @module
 */

/** Milliseconds that a server gets to print a line that is waited for. */
const LIMIT_MS = 20_000;

/** The lines of a stream, which is read only when one is wanted. */
export class Lines {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  /** The read under way, which waiting too long for leaves where it is. */
  #reading: Promise<void> | undefined;
  #text = "";

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
  }

  /** The next line, waited for with a limit; `purpose` is for the error. */
  async next(purpose: string): Promise<string> {
    for (;;) {
      const end = this.#text.indexOf("\n");
      if (end >= 0) {
        const line = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 1);
        return line;
      }
      this.#reading ??= this.#read();
      await soon(this.#reading, purpose);
    }
  }

  async cancel(): Promise<void> {
    await this.#reader.cancel();
  }

  async #read(): Promise<void> {
    const { value, done } = await this.#reader.read();
    this.#reading = undefined;
    if (done) throw new Error("The server's output has ended");
    this.#text += this.#decoder.decode(value, { stream: true });
  }
}

async function soon<T>(promise: Promise<T>, purpose: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`Waited ${LIMIT_MS} ms for the server to ${purpose}`));
    }, LIMIT_MS);
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}
