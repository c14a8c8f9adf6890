/**
 * Reads and writes PEM (RFC 7468).
 *
 * Runtimes differ in what they accept: a byte order mark, whitespace, other blocks in
 * between. So each of them gets only text that is written here.
 *
 * @module
 */

/** A block of a text. */
export interface PemBlock {
  /** Such as `"CERTIFICATE"`. */
  readonly label: string;
  /** Whether its headers declare encryption (RFC 1421 §4.6.1.1). */
  readonly encrypted: boolean;
  /** The contents, in DER. */
  readonly der: Uint8Array;
}

/** Errors show labels, so only the characters of existing labels are accepted. */
const BEGIN = /^-----BEGIN ([A-Z0-9 ]{1,40})-----$/;
const END = /^-----END ([A-Z0-9 ]{1,40})-----$/;
const HEADER = /^[\w-]+:/;

/**
 * Reads all blocks of a text. Whitespace around lines, empty lines and text between
 * blocks are ignored.
 *
 * @throws {Error} an incomplete block; the message shows none of its contents
 */
export function readPem(text: string): PemBlock[] {
  const blocks: PemBlock[] = [];
  let label: string | undefined;
  let body = "";
  let encrypted = false;
  // `trim` also removes a byte order mark.
  for (const line of text.split(/\r\n|\r|\n/).map((line) => line.trim())) {
    const begins = BEGIN.exec(line)?.[1];
    const ends = END.exec(line)?.[1];
    if (label === undefined) {
      if (ends !== undefined) throw new Error(`"END ${ends}" ends nothing`);
      label = begins;
    } else if (ends === label) {
      blocks.push({ label, encrypted, der: decode(label, body) });
      label = undefined;
      body = "";
      encrypted = false;
    } else if (begins !== undefined || ends !== undefined) {
      break;
    } else if (body === "" && HEADER.test(line)) {
      encrypted ||= /^Proc-Type:.*ENCRYPTED/.test(line);
    } else body += line;
  }
  if (label !== undefined) {
    throw new Error(`"BEGIN ${label}" is not followed by its END`);
  }
  return blocks;
}

/** Formats a block. */
export function writePem(label: string, der: Uint8Array): string {
  let bytes = "";
  for (const byte of der) bytes += String.fromCharCode(byte);
  const lines = btoa(bytes).replace(/.{64}(?!$)/g, "$&\n");
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}

/** Labels of a certificate: the current one, and the one from before RFC 7468 §5.1. */
const CERTIFICATES = ["CERTIFICATE", "X509 CERTIFICATE"];

/** Blocks that change whether a certificate is trusted; the runtimes ignore them. */
const TRUST = ["TRUSTED CERTIFICATE", "X509 CRL"];

/**
 * Returns the certificates of a text, in order.
 *
 * @throws {Error} no certificate, or a block that changes trust and would be ignored
 */
export function certificatesIn(text: string): Uint8Array[] {
  const blocks = readPem(text);
  const trust = blocks.find(({ label }) => TRUST.includes(label));
  if (trust !== undefined) {
    throw new Error(
      `"BEGIN ${trust.label}" is not supported; give "BEGIN CERTIFICATE" alone`,
    );
  }
  const found = blocks.filter(({ label }) => CERTIFICATES.includes(label));
  if (found.length === 0) throw new Error(missing("CERTIFICATE", blocks));
  return found.map(({ der }) => der);
}

const KEYS = ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"];

/** Returns the first private key of a text. @throws {Error} no readable key */
export function privateKeyIn(text: string): PemBlock {
  const blocks = readPem(text);
  const key = blocks.find(({ label }) => label.endsWith("PRIVATE KEY"));
  if (key === undefined) throw new Error(missing("PRIVATE KEY", blocks));
  if (key.encrypted || key.label === "ENCRYPTED PRIVATE KEY") {
    throw new Error("it needs a passphrase; give it decrypted");
  }
  if (!KEYS.includes(key.label)) {
    throw new Error(
      `"BEGIN ${key.label}" is not supported; give it as PKCS#8, "BEGIN PRIVATE KEY"`,
    );
  }
  return key;
}

function missing(label: string, blocks: readonly PemBlock[]): string {
  const others = [...new Set(blocks.map(({ label }) => `"${label}"`))];
  return others.length === 0
    ? `there is no "BEGIN ${label}" in it`
    : `there is no "BEGIN ${label}" in it, but ${
      others.slice(0, 3).join(", ").slice(0, 64)
    }`;
}

/** Decodes strict base64 (RFC 4648 §3.5): no other bits, padding or characters. */
function decode(label: string, body: string): Uint8Array {
  let bytes: string | undefined;
  try {
    bytes = atob(body);
  } catch {
    // Refused below, like other invalid base64 that `atob` accepts.
  }
  if (bytes === undefined || btoa(bytes) !== body || body === "") {
    throw new Error(`what "BEGIN ${label}" holds is not base64`);
  }
  return Uint8Array.from(bytes, (char) => char.charCodeAt(0));
}
