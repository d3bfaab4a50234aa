// Which answers count as errors. Pure, and the same as what k6 is told.

export const REDIRECTS = [301, 302, 303, 307, 308];

// With an expected status all others count as errors, but a redirect on the way to it does not.
export function isExpected(wanted, status) {
  if (wanted === undefined) {
    return status >= 200 && status < 400;
  }
  return status === wanted || (REDIRECTS.includes(status) && !REDIRECTS.includes(wanted));
}
