/**
 * Names of certificates in DER, as the tests of names and of constraints write them.
 *
 * @module
 */
import { DerReader } from "../../../src/core/tls/der.ts";
import {
  type GeneralName,
  readNames,
} from "../../../src/core/tls/general_names.ts";

/** Tags by kind (RFC 5280 §4.2.1.6). */
const TAGS = { email: 0x81, dns: 0x82, directory: 0xa4, uri: 0x86, ip: 0x87 };

/** A name to write: its kind, and its text or bytes. */
export type Written = [kind: keyof typeof TAGS, value: string | number[]];

/** Writes an element of at most 255 bytes in DER. */
export function tlv(tag: number, ...parts: Iterable<number>[]): number[] {
  const contents = parts.flatMap((part) => [...part]);
  const { length } = contents;
  return [tag, ...length < 128 ? [] : [0x81], length, ...contents];
}

/** Writes a GeneralName. */
export function written([kind, value]: Written): number[] {
  return tlv(
    TAGS[kind],
    typeof value === "string" ? new TextEncoder().encode(value) : value,
  );
}

/** Writes GeneralNames, and reads them. */
export function names(...list: Written[]): GeneralName[] {
  const bytes = tlv(0x30, ...list.map(written));
  return readNames(new DerReader(Uint8Array.from(bytes)));
}

/** Writes a distinguished name with a common name. */
export function directory(commonName: string, tag = 12): number[] {
  const text = new TextEncoder().encode(commonName);
  const type = tlv(6, [0x55, 4, 3]);
  return tlv(0x30, tlv(0x31, tlv(0x30, type, tlv(tag, text))));
}
