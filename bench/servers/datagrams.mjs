/**
 * What every datagram program of the bench does around its own way of moving
 * them.
 *
 * The load generator asks, and is answered, in datagrams that are shorter than
 * any that is measured: `begin 7` and `count 8` of who takes datagrams, `send 9
 * 500` (milliseconds) of who sends them; the answer is `<token> <count> <fault>`.
 * A question may come twice, because an answer may be lost.
 *
 * Each datagram carries its number, byte `i % 251` at place `i`, and its number
 * again, which the other end checks.
 */

/** What is shorter is a question. */
const LEAST_BYTES = 64;

/** Of so many datagrams one is looked at from end to end: a power of two. */
const EVERY = 64;

/** The longest fault that fits into an answer. */
const FAULT_CHARS = 32;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function wordsOf(question) {
  const [word, token, milliseconds] = decoder.decode(question).split(" ");
  return { word, token, milliseconds: Number(milliseconds) };
}

/** The number at a place, in the order of bytes that the load generator writes. */
function numberAt(bytes, place) {
  return (bytes[place] | bytes[place + 1] << 8 | bytes[place + 2] << 16 |
    bytes[place + 3] << 24) >>> 0;
}

/** What came: how many, and what was wrong first. Numbers only ever increase. */
export class Tally {
  #size;
  #seen = 0;
  #last = -1;
  #fault = "";

  /** @param size Bytes that each datagram has to have. */
  constructor(size) {
    this.#size = size;
  }

  /** Counts a datagram. @returns The answer, where it is a question. */
  take(bytes) {
    if (bytes.byteLength < LEAST_BYTES) return this.#answer(bytes);
    const number = numberAt(bytes, 0);
    if (number <= this.#last) {
      this.#blame(`number ${number} after ${this.#last}`);
    }
    this.#last = number;
    if (bytes.byteLength !== this.#size) {
      this.#blame(`${bytes.byteLength} bytes in place of ${this.#size}`);
    } else if ((this.#seen & (EVERY - 1)) === 0) this.#check(bytes, number);
    this.#seen++;
    return undefined;
  }

  #check(bytes, number) {
    const end = this.#size - 4;
    let right = numberAt(bytes, end) === number;
    for (let i = 4; i < end; i++) right &&= bytes[i] === i % 251;
    if (!right) this.#blame(`wrong bytes in number ${number}`);
  }

  #blame(fault) {
    this.#fault ||= fault.slice(0, FAULT_CHARS);
  }

  #answer(question) {
    const { word, token } = wordsOf(question);
    if (word === "begin") {
      this.#seen = 0;
      this.#last = -1;
      this.#fault = "";
    }
    return encoder.encode(`${token} ${this.#seen} ${this.#fault}`);
  }
}

/** Datagrams to be sent, for as long as was asked for. */
export class Supply {
  /** The datagram, as the last `next()` has made it. */
  bytes;
  /** Whether the time that was asked for is over, so that an answer can be given. */
  over = false;
  #numbers;
  #token;
  #end = 0;
  #sent = 0;

  /** @param size Bytes of a datagram, a multiple of 4. */
  constructor(size) {
    this.bytes = Uint8Array.from({ length: size }, (_, i) => i % 251);
    this.#numbers = new Uint32Array(this.bytes.buffer);
  }

  /**
   * Hears a question.
   *
   * @returns Whether to send now; it may have come before.
   */
  begin(question) {
    const { token, milliseconds } = wordsOf(question);
    if (token === this.#token) return false;
    this.#token = token;
    this.#sent = 0;
    this.over = false;
    this.#end = performance.now() + milliseconds;
    return true;
  }

  /** Makes the next datagram. @returns Whether there is one: `false` when the time is over. */
  next() {
    const sent = this.#sent;
    if ((sent & (EVERY - 1)) === 0 && performance.now() >= this.#end) {
      this.over = true;
      return false;
    }
    const numbers = this.#numbers;
    numbers[0] = numbers[numbers.length - 1] = sent;
    this.#sent = sent + 1;
    return true;
  }

  /** How many were handed over, for the process that has asked. */
  answer() {
    return encoder.encode(`${this.#token} ${this.#sent}`);
  }
}
