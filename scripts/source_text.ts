/**
 * TypeScript source as its code alone, for checks that read names and imports.
 *
 * @module
 */

/** Source without its comments and literals. */
export interface SourceText {
  /**
   * The code: comments blank, and each string as `"0"`, `"1"`, …, its place in
   * `strings`. Lines keep their numbers.
   */
  readonly code: string;
  /** What stood between the quotes, escapes and all. */
  readonly strings: readonly string[];
}

const COMMENT = /\/\/[^\n]*|\/\*[^]*?\*\//y;
const STRING = /"((?:[^"\\\n]|\\[^])*)"|'((?:[^'\\\n]|\\[^])*)'/y;
const TEMPLATE_PART = /(?:[^`\\$]|\\[^]|\$(?!\{))*(`|\$\{)/y;
const REGEXP = /\/(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/\w*/y;

/** What a slash follows where it begins a regular expression, and does not divide. */
const BEFORE_REGEXP = /(^|[^\w$)\]}"\s]|\b(return|typeof|case|in|of|void))\s*$/;

/** Separates the code from comments and literals. */
export function sourceText(source: string): SourceText {
  const strings: string[] = [];
  /** Depths of the braces in which an expression inside a template ends. */
  const templates: number[] = [];
  let code = "";
  let depth = 0;
  let at = 0;

  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(source);
    if (match !== null) at = pattern.lastIndex;
    return match;
  };
  const templatePart = () => {
    const part = take(TEMPLATE_PART);
    if (part === null) throw new SyntaxError("A template literal has no end");
    code += linesOf(part[0]);
    if (part[1] === "${") templates.push(depth);
  };

  while (at < source.length) {
    const char = source[at];
    let match: RegExpExecArray | null;
    if ((match = take(COMMENT)) !== null) {
      code += ` ${linesOf(match[0])}`;
    } else if ((match = take(STRING)) !== null) {
      code += `"${strings.push(match[1] ?? match[2]) - 1}"`;
    } else if (
      char === "/" && BEFORE_REGEXP.test(code) && take(REGEXP) !== null
    ) {
      code += " ";
    } else {
      at++;
      if (char === "`") {
        templatePart();
      } else if (char === "}" && templates.at(-1) === depth) {
        templates.pop();
        templatePart();
      } else {
        if (char === "{") depth++;
        if (char === "}") depth--;
        code += char;
      }
    }
  }
  return { code, strings };
}

/** The line ends of a text. */
function linesOf(text: string): string {
  return text.replace(/[^\n]/g, "");
}
