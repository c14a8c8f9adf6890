/**
 * The check of every option that is a number.
 *
 * @module
 */
import { shown } from "../shown.ts";

/** The longest time of a timer; past it the runtimes' timers fire at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/** The numbers that an option takes. */
export interface NumberRange {
  readonly least: number;
  /** No limit by default. */
  readonly most?: number;
  /** Whole numbers by default. */
  readonly unit?: "a whole number" | "milliseconds";
  /** Whether `Infinity` is taken too. */
  readonly orInfinity?: boolean;
}

/** Milliseconds of a timer, or `Infinity` for no limit. */
export const TIME_LIMIT: NumberRange = {
  least: 0,
  most: MAX_TIMER_MS,
  unit: "milliseconds",
  orInfinity: true,
};

/**
 * Checks a number.
 *
 * @param doing What the caller does with it: "listen with backlog".
 * @throws {TypeError} not a number
 * @throws {RangeError} out of range, or not whole
 */
export function checkNumber(
  doing: string,
  value: unknown,
  { least, most, unit = "a whole number", orInfinity = false }: NumberRange,
): number {
  if (orInfinity && value === Infinity) return value;
  const isWhole = unit === "a whole number";
  if (
    typeof value === "number" && value >= least &&
    value <= (most ?? Number.MAX_SAFE_INTEGER) &&
    (!isWhole || Number.isInteger(value))
  ) return value;
  const Kind = typeof value === "number" ? RangeError : TypeError;
  const range = most === undefined ? `${least} or more` : `${least}..${most}`;
  throw new Kind(
    `Cannot ${doing} ${shown(value)}: give ${unit}, ${range}${
      orInfinity ? ", or Infinity" : ""
    }`,
  );
}
