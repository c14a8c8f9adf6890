/**
 * Options are a caller's own properties. What `Object.prototype` has is none: a merge
 * of untrusted JSON may have put it there.
 *
 * @module
 */

const hasOwnProperty = Object.prototype.hasOwnProperty;

/** Options as they were given. `T` where nothing was. */
type Given = object | null | undefined;

/**
 * A copy of what an object has itself, enumerable or not, which inherits nothing.
 * Getters are asked once, so what was checked is what is used. What a class or a
 * prototype has is left out.
 *
 * What is no object comes back as it is, for the caller to refuse; an array and a
 * buffer have no options.
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
 * Options for an API of a runtime, which looks at what they inherit; or, where it
 * copies them into an object that inherits again, at what is named in `unset`.
 */
export function bareOptions<T extends object>(
  options: T,
  unset: readonly string[] = [],
): T {
  const copy = Object.create(null);
  for (const name of unset) copy[name] = undefined;
  return Object.assign(copy, options);
}

/** One option, where a copy of all would cost too much: in each read and write. */
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

/** What has as many properties as it has elements. */
function isList(options: object): boolean {
  return Array.isArray(options) || ArrayBuffer.isView(options);
}
