// Work that rarely has to wait: k6 treats the error of a promise otherwise than one that is thrown, so that a promise is
// made only where there is something to wait for. Pure.

// Runs a generator to its end: a promise that it yields is waited for, anything else is given back to it at once.
export function drive(steps, given) {
  let answer = given;
  for (;;) {
    const { done, value } = steps.next(answer);
    if (done) {
      return value;
    }
    if (value instanceof Promise) {
      return value.then((late) => drive(steps, late));
    }
    answer = value;
  }
}
