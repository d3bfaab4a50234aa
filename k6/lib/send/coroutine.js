// Runs code that rarely has to wait. k6 handles a rejected promise differently from a thrown error, and promises cost
// time, so a promise is made only where there is something to wait for. Pure.

/**
 * Runs a generator to its end. A promise that it yields is awaited; any other value is passed back to it immediately.
 * @template R
 * @param {Generator<any, R, any>} generator
 * @param {any} [input]
 * @returns {R | Promise<R>}
 */
export function runCoroutine(generator, input) {
  let next = input;
  for (;;) {
    const { done, value } = generator.next(next);
    if (done) {
      return value;
    }
    if (value instanceof Promise) {
      return value.then((resolved) => runCoroutine(generator, resolved));
    }
    next = value;
  }
}
