/**
 * ClientHellos as the tests of the reader and of the server write them.
 *
 * @module
 */

/** Writes bytes behind their length, which takes so many bytes itself. */
export function vector(size: number, bytes: readonly number[]): number[] {
  const length = Array.from(
    { length: size },
    (_, at) => bytes.length >> 8 * (size - 1 - at) & 255,
  );
  return [...length, ...bytes];
}

/** Writes a text. */
export function text(value: string): number[] {
  return [...new TextEncoder().encode(value)];
}

/** Writes an extension. */
export function extension(type: number, body: readonly number[]): number[] {
  return [type >> 8, type & 255, ...vector(2, body)];
}

/** Writes a ClientHello (RFC 8446 §4.1.2), without the heads of its records. */
export function message(extensions: readonly number[]): number[] {
  return [
    1,
    ...vector(3, [
      ...[3, 3],
      ...Array<number>(32).fill(7),
      ...vector(1, Array<number>(32).fill(8)),
      ...vector(2, [0x13, 0x01]),
      ...vector(1, [0]),
      ...vector(2, extensions),
    ]),
  ];
}

/** Splits a message into records of so many bytes each. */
export function records(
  bytes: readonly number[],
  each: number,
): Uint8Array<ArrayBuffer> {
  const all: number[] = [];
  for (let at = 0; at < bytes.length; at += each) {
    all.push(22, 3, 1, ...vector(2, bytes.slice(at, at + each)));
  }
  return new Uint8Array(all);
}
