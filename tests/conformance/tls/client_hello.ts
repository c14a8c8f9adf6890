/**
 * First messages of TLS clients, byte by byte: those that no library would send, too.
 *
 * @module
 */

/** What a message differs in from the usual. */
export interface HelloParts {
  /** The body of its SNI extension (RFC 6066 §3); `null` for no such extension. */
  readonly names?: readonly number[] | null;
  /** What it speaks: ALPN (RFC 7301). */
  readonly protocols?: readonly string[];
  /** Extensions behind the usual ones. */
  readonly more?: readonly number[];
  /** What follows the extensions within the message. */
  readonly behind?: readonly number[];
}

/** Bytes behind their number, which takes so many bytes itself. */
export function vector(size: number, bytes: readonly number[]): number[] {
  const length = Array.from(
    { length: size },
    (_, at) => bytes.length >> 8 * (size - 1 - at) & 255,
  );
  return [...length, ...bytes];
}

/** The bytes of a text, a character each. */
export function latin1(text: string): number[] {
  return Array.from(text, (character) => character.charCodeAt(0));
}

/** An extension (RFC 8446 §4.2). */
export function extension(type: number, body: readonly number[]): number[] {
  return [type >> 8, type & 255, ...vector(2, body)];
}

/** A server name in a list of them. */
export function hostName(name: string): number[] {
  return [0, ...vector(2, latin1(name))];
}

/** The body of an SNI extension. */
export function namesOf(...names: readonly string[]): number[] {
  return vector(2, names.flatMap(hostName));
}

/** A whole ClientHello of TLS 1.2, in one record, that every server can answer. */
export function clientHello(
  { names = namesOf("localhost"), protocols = [], more = [], behind = [] }:
    HelloParts = {},
): Uint8Array<ArrayBuffer> {
  const extensions = [
    ...names === null ? [] : extension(0, names),
    ...extension(10, vector(2, [0, 29, 0, 23])),
    ...extension(11, vector(1, [0])),
    ...extension(13, vector(2, [4, 3, 8, 4, 4, 1])),
    ...extension(23, []),
    ...extension(0xff01, [0]),
    ...protocols.length === 0 ? [] : extension(
      16,
      vector(2, protocols.flatMap((name) => vector(1, latin1(name)))),
    ),
    ...more,
  ];
  const body = [
    ...[3, 3],
    ...Array<number>(32).fill(7),
    ...vector(1, []),
    // ECDHE with AES-128-GCM and a certificate of either kind.
    ...vector(2, [0xc0, 0x2b, 0xc0, 0x2f]),
    ...vector(1, [0]),
    ...vector(2, extensions),
    ...behind,
  ];
  return new Uint8Array([22, 3, 1, ...vector(2, [1, ...vector(3, body)])]);
}

/** What a fatal alert in the clear looks like (RFC 8446 §6). */
export function alert(description: number): number[] {
  return [21, 3, 3, 0, 2, 2, description];
}
