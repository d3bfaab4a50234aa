// What templates are filled in from: the data of this iteration, the time, chance.

// `data` are [key, value] pairs; each iteration works on a copy of its own.
export function newScope(data) {
  return { data: new Map(data), rows: new Map(), row: null, now: Date.now, random: Math.random, uuid };
}

const source = crypto; // the global would be looked up by name each time

function uuid() {
  return source.randomUUID();
}

// The row of a data file that this iteration has: requests of one iteration that use the same file share it. False when no
// row is left.
export function giveRow(scope, take) {
  let row = scope.rows.get(take);
  if (row === undefined) {
    row = take();
    scope.rows.set(take, row);
  }
  scope.row = row;
  return row !== null;
}
