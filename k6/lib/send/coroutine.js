// Runs code that rarely has to wait. k6 handles a rejected promise differently from a thrown error, and promises cost
// time, so a promise is made only where there is something to wait for. Pure.

/**
 * Runs a generator to its end. A promise that it yields is awaited, and its rejection is thrown into the generator; any
 * other value is passed back to it immediately.
 * @template R
 * @param {Generator<any, R, any>} generator
 * @param {any} [input]
 * @returns {R | Promise<R>}
 */
export function runCoroutine(generator, input) {
  return proceed(generator, generator.next(input));
}

function proceed(generator, first) {
  let step = first;
  while (!step.done) {
    const { value } = step;
    if (value instanceof Promise) {
      return value.then(
        (resolved) => proceed(generator, generator.next(resolved)),
        (error) => proceed(generator, generator.throw(error)),
      );
    }
    step = generator.next(value);
  }
  return step.value;
}
