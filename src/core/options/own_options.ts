/**
 * Reads options as own properties only. Properties of `Object.prototype` are not
 * options: a merge of untrusted JSON may have set them.
 *
 * @module
 */

const hasOwnProperty = Object.prototype.hasOwnProperty;

/** Options as a caller gives them. */
type Given = object | null | undefined;

/**
 * Copies the own properties of an object, enumerable or not, to one without a
 * prototype.
 *
 * Each getter is called once, so the value that is checked is the value that is used.
 * Properties of a class or a prototype are left out. A value that is not an object is
 * returned as it is, for the caller to refuse. An array or a buffer has no options.
 */
export function ownOptions<T>(options: T): T {
  if (typeof options !== "object" || options === null) return options;
  const copy = Object.create(null);
  if (isList(options)) return copy;
  for (const name of Object.getOwnPropertyNames(options)) {
    copy[name] = (options as Record<string, unknown>)[name];
  }
  return copy;
}

/**
 * Copies options for an API of a runtime, which also reads inherited properties.
 *
 * @param unset Names to set to `undefined`, if the API copies the options to an object
 *   with a prototype.
 */
export function bareOptions<T extends object>(
  options: T,
  unset: readonly string[] = [],
): T {
  const copy = Object.create(null);
  for (const name of unset) copy[name] = undefined;
  return Object.assign(copy, options);
}

/** Returns one option. For each read and write, a copy of all would cost too much. */
export function ownOption<T extends Given, K extends keyof NonNullable<T>>(
  options: T,
  name: K,
): NonNullable<T>[K] | undefined {
  return hasOwn(options, name) ? options[name] : undefined;
}

/** Whether an object itself has a property. */
export function hasOwn<T>(
  value: T,
  name: PropertyKey,
): value is NonNullable<T> {
  return value !== undefined && value !== null &&
    hasOwnProperty.call(value, name);
}

/** Whether the properties of an object are its elements. */
function isList(options: object): boolean {
  return Array.isArray(options) || ArrayBuffer.isView(options);
}
