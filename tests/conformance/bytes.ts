/**
 * Bytes to send, and ways to read and compare many of them.
 *
 * @module
 */
import type { Conn } from "@anyport/sockets";
import { fail } from "@std/assert";

/** More bytes than the system's buffers between two ends hold. */
export const CLOGGING = 16 * 1024 * 1024;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The bytes of a text. */
export function bytes(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The text of some bytes. */
export function text(p: Uint8Array): string {
  return decoder.decode(p);
}

/** Bytes that show where they are from: a shift or a loss changes them. */
export function pattern(length: number, from = 0): Uint8Array {
  const p = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    const at = from + i;
    p[i] = (at ^ (at >> 8) ^ (at >> 16) * 31) & 0xff;
  }
  return p;
}

/** Fails unless both are the same, and tells where they part. */
export function assertSameBytes(
  actual: Uint8Array,
  expected: Uint8Array,
): void {
  if (actual.byteLength !== expected.byteLength) {
    fail(`${actual.byteLength} bytes instead of ${expected.byteLength}`);
  }
  const at = actual.findIndex((byte, i) => byte !== expected[i]);
  if (at >= 0) {
    fail(`byte ${at} is ${actual[at]} instead of ${expected[at]}`);
  }
}

/** Reads once, and returns the text. */
export async function readText(
  conn: Conn,
  size = 1024,
): Promise<string | null> {
  const p = new Uint8Array(size);
  const n = await conn.read(p);
  return n === null ? null : text(p.subarray(0, n));
}

/** Reads so many bytes; fewer only where the stream ends. */
export async function readExactly(
  conn: Conn,
  length: number,
): Promise<Uint8Array> {
  const p = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const n = await conn.read(p.subarray(filled));
    if (n === null) return p.subarray(0, filled);
    filled += n;
  }
  return p;
}

/** Reads to the end. */
export async function readAll(conn: Conn): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const p = new Uint8Array(64 * 1024);
  for (;;) {
    const n = await conn.read(p);
    if (n === null) return joined(chunks);
    chunks.push(p.slice(0, n));
  }
}

/** The chunks as one. */
export function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(
    chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0),
  );
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.byteLength;
  }
  return all;
}
