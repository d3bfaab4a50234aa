// What templates are filled in from: the data of this iteration, the time, chance.

// `data` are [key, value] pairs; each iteration works on a copy of its own.
export function newScope(data) {
  return { data: new Map(data), now: Date.now, random: Math.random, uuid };
}

function uuid() {
  return crypto.randomUUID();
}
