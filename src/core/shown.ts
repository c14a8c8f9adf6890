/**
 * Formats values of callers and peers for error messages: short, on one line, without
 * private keys, and without characters that control a terminal or a log.
 *
 * @module
 */

/** How many characters of a value a message shows. */
const MAX_VALUE_CHARS = 64;

/** How many characters of a native error's message are shown; it is a whole sentence. */
const MAX_SENTENCE_CHARS = 300;

/** The start of a certificate or a key in PEM (RFC 7468 §2). */
const PEM_BEGIN = "-----BEGIN ";

/** Matches text without characters to escape, which most text is. */
const PLAIN = /^[ !#-[\]-~]*$/;

/**
 * Characters to escape: C0 and C1 controls, line separators, lone surrogates,
 * private-use and unassigned code points. Also format characters, which are invisible
 * or change the text direction, such as U+202E.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/u;

/** Larger bigints take long to format. */
const MAX_BIGINT = 2n ** 64n;

/**
 * Formats a caller's value. Calls no code of the value: no `toString`, getter or proxy
 * trap.
 */
export function shown(value: unknown): string {
  switch (typeof value) {
    case "string":
      return quoted(value);
    case "bigint":
      return value < MAX_BIGINT && value > -MAX_BIGINT
        ? `${value}n`
        : "a long bigint";
    case "symbol":
      return `Symbol(${bare(value.description ?? "")})`;
    case "function":
      return "a function";
    case "object":
      return value === null
        ? "null"
        : isArray(value)
        ? "an array"
        : "an object";
    default:
      return String(value);
  }
}

/** Quotes a text as JSON does; a long one is cut, and its length is appended. */
export function quoted(text: string): string {
  if (text.includes(PEM_BEGIN)) return pem(text);
  const { written, whole } = escaped(text, MAX_VALUE_CHARS, true);
  return whole ? `"${written}"` : `"${written}…" (${text.length} characters)`;
}

/** Formats a text without quotes, such as a host name. */
export function bare(text: string): string {
  return unquoted(text, MAX_VALUE_CHARS);
}

/** Formats the message of a native error, which may contain text of the peer. */
export function sentence(text: string): string {
  return unquoted(text, MAX_SENTENCE_CHARS);
}

/** Quotes several texts; of many, only the first ones. */
export function listed(texts: readonly string[]): string {
  const first: string[] = [];
  let chars = 0;
  for (const text of texts) {
    const one = quoted(text);
    if (first.length > 0 && chars + one.length > MAX_VALUE_CHARS) break;
    chars += one.length;
    first.push(one);
  }
  const rest = texts.length - first.length;
  return first.join(", ") + (rest === 0 ? "" : ` and ${rest} more`);
}

/** Escapes a text onto one line, whatever its length. */
export function onOneLine(text: string): string {
  if (PLAIN.test(text)) return text;
  return escaped(text, Infinity, false).written;
}

/** Whether a text contains a certificate or a key. */
export function holdsPem(text: unknown): boolean {
  return typeof text === "string" && text.includes(PEM_BEGIN);
}

function unquoted(text: string, most: number): string {
  if (text.includes(PEM_BEGIN)) return pem(text);
  const { written, whole } = escaped(text, most, false);
  return whole ? written : `${written}… (${text.length} characters)`;
}

function pem(text: string): string {
  return `PEM text of ${text.length} characters`;
}

function escaped(
  text: string,
  most: number,
  inQuotes: boolean,
): { readonly written: string; readonly whole: boolean } {
  if (text.length <= most && PLAIN.test(text)) {
    return { written: text, whole: true };
  }
  let written = "";
  for (const character of text) {
    const one = escapedOne(character, inQuotes);
    if (written.length + one.length > most) return { written, whole: false };
    written += one;
  }
  return { written, whole: true };
}

function escapedOne(character: string, inQuotes: boolean): string {
  if (inQuotes && (character === '"' || character === "\\")) {
    return `\\${character}`;
  }
  if (!UNSAFE.test(character)) return character;
  const short = SHORT_ESCAPES.get(character);
  if (short !== undefined) return short;
  // One escape for each half of a surrogate pair, as in JSON.
  let units = "";
  for (let i = 0; i < character.length; i++) {
    units += `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`;
  }
  return units;
}

const SHORT_ESCAPES: ReadonlyMap<string, string> = new Map([
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);

/**
 * Whether a value is an array; `false` for a revoked proxy, which throws in `isArray`.
 */
export function isArray(value: unknown): boolean {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}
