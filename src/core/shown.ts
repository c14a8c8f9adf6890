/**
 * Values and texts of callers and peers as messages show them: on one line, without
 * characters that act on a terminal or a log, short, and never a private key.
 *
 * @module
 */

/** How many characters of a value a message shows. */
const MAX_VALUE_CHARS = 64;

/** How many of a native error's words: they are a sentence. */
const MAX_SENTENCE_CHARS = 300;

/** What a certificate or a key in PEM begins with (RFC 7468 §2). */
const PEM_BEGIN = "-----BEGIN ";

/** What most texts are made of, and what needs no second look. */
const PLAIN = /^[ !#-[\]-~]*$/;

/**
 * Controls of C0 and C1, and what is invisible or turns the direction of text
 * (U+202E and the like; Unicode calls them format characters), line separators,
 * lone surrogates, and characters without a meaning.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/u;

/** A bigint beyond these takes long to write out. */
const MAX_BIGINT = 2n ** 64n;

/**
 * A caller's value. Calls nothing of the value's own: neither `toString` nor a getter
 * nor a proxy's trap.
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

/** A text in quotes, as JSON has it; shortened, with its length behind it. */
export function quoted(text: string): string {
  if (text.includes(PEM_BEGIN)) return pem(text);
  const { written, whole } = escaped(text, MAX_VALUE_CHARS, true);
  return whole ? `"${written}"` : `"${written}…" (${text.length} characters)`;
}

/** A text without quotes, such as a host name. */
export function bare(text: string): string {
  return unquoted(text, MAX_VALUE_CHARS);
}

/** What a native error says: a sentence in which a peer's words may be. */
export function sentence(text: string): string {
  return unquoted(text, MAX_SENTENCE_CHARS);
}

/** Several texts in quotes; of many the first ones. */
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

/** On one line, however long it is. */
export function onOneLine(text: string): string {
  if (PLAIN.test(text)) return text;
  return escaped(text, Infinity, false).written;
}

/** Whether a text holds a certificate or a key. */
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
  // By the halves of a surrogate pair, as JSON has them.
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

/** Whether it is an array; a revoked proxy, which would throw, is none. */
export function isArray(value: unknown): boolean {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}
