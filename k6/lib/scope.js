// What templates are filled in from: the data of this iteration, the time, chance.

const { now } = Date; // what runs for every request looks no global up by name
const { random } = Math;
const { randomUUID } = crypto;

// `data` are [key, value] pairs; each iteration works on a copy of its own.
export function newScope(data) {
  return { data: new Map(data), rows: new Map(), row: null, now, random, uuid: randomUUID };
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
