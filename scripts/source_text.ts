/**
 * Separates TypeScript code from its comments and literals, for checks of names and
 * imports.
 *
 * @module
 */

/** Source without its comments and literals. */
export interface SourceText {
  /**
   * The code: comments are blank, and each string is replaced by `"0"`, `"1"`, …, its
   * index in `strings`. Line numbers do not change.
   */
  readonly code: string;
  /** The content of each string literal, with its escapes. */
  readonly strings: readonly string[];
}

const COMMENT = /\/\/[^\n]*|\/\*[^]*?\*\//y;
const STRING = /"((?:[^"\\\n]|\\[^])*)"|'((?:[^'\\\n]|\\[^])*)'/y;
const TEMPLATE_PART = /(?:[^`\\$]|\\[^]|\$(?!\{))*(`|\$\{)/y;
const REGEXP = /\/(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/\w*/y;

/** The code before a slash that starts a regular expression, not a division. */
const BEFORE_REGEXP = /(^|[^\w$)\]}"\s]|\b(return|typeof|case|in|of|void))\s*$/;

/** Separates the code from comments and literals. */
export function sourceText(source: string): SourceText {
  const strings: string[] = [];
  /** The brace depths at which the expressions in templates end. */
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

/** The line breaks of a text. */
function linesOf(text: string): string {
  return text.replace(/[^\n]/g, "");
}
