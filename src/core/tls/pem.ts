/**
 * PEM (RFC 7468): a text's blocks, and the text of a block.
 *
 * Runtimes differ in what they read of a text: a byte order mark, blanks, other
 * blocks in between. So each reads what is written here, and nothing else.
 *
 * @module
 */

/** One block of a text. */
export interface PemBlock {
  /** Such as `"CERTIFICATE"`. */
  readonly label: string;
  /** Whether it has headers that say so (RFC 1421 §4.6.1.1). */
  readonly encrypted: boolean;
  /** What it holds, in DER. */
  readonly der: Uint8Array;
}

/** Labels are shown in errors, so they are no more than those that there are. */
const BEGIN = /^-----BEGIN ([A-Z0-9 ]{1,40})-----$/;
const END = /^-----END ([A-Z0-9 ]{1,40})-----$/;
const HEADER = /^[\w-]+:/;

/**
 * Reads all blocks of a text. Blanks at either side of a line, empty lines and text
 * between blocks do not count.
 *
 * @throws {Error} a block that is not whole; the message shows nothing of what it holds
 */
export function readPem(text: string): PemBlock[] {
  const blocks: PemBlock[] = [];
  let label: string | undefined;
  let body = "";
  let encrypted = false;
  // `trim` takes a byte order mark for a blank.
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

/** The text of a block. */
export function writePem(label: string, der: Uint8Array): string {
  let bytes = "";
  for (const byte of der) bytes += String.fromCharCode(byte);
  const lines = btoa(bytes).replace(/.{64}(?!$)/g, "$&\n");
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}

/** Labels of a certificate: today's, and that of before RFC 7468 §5.1. */
const CERTIFICATES = ["CERTIFICATE", "X509 CERTIFICATE"];

/** Blocks that change whether a certificate is trusted, which no runtime regards. */
const TRUST = ["TRUSTED CERTIFICATE", "X509 CRL"];

/**
 * The certificates of a text, in their order.
 *
 * @throws {Error} there is none, or something beside them that would be ignored
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

/** The first private key of a text. @throws {Error} there is none that can be read */
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

/** Strict base64 (RFC 4648 §3.5): no other bits, padding or characters. */
function decode(label: string, body: string): Uint8Array {
  let bytes: string | undefined;
  try {
    bytes = atob(body);
  } catch {
    // Refused below, as is what `atob` lets through.
  }
  if (bytes === undefined || btoa(bytes) !== body || body === "") {
    throw new Error(`what "BEGIN ${label}" holds is not base64`);
  }
  return Uint8Array.from(bytes, (char) => char.charCodeAt(0));
}
