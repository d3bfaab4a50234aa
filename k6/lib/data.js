// The rows of data files: one copy for all users, in parts as the dashboard keeps them. DATA_FILES is their folder; without
// it the one of a dashboard in this project.

import { sleep } from 'k6';
import { SharedArray } from 'k6/data';
import exec from 'k6/execution';

import { parseCsv } from './csv.js';
import { refuseUnless } from './reading.js';
import { mostUsers, rowChooser } from './rows.js';
import { filePath } from './url.js';

const OWN_FOLDER = '../../data/files';
const LOOK_S = 0.1;
const STILL_MS = 10_000; // longer than any iteration pauses, as a rule
const USERS_THAT_TELL = 3; // a line for each of a thousand says no more

// describe(name, place) -> {columns, rows, at(index)}; each file is read once.
export function dataFolder(env) {
  const folder = env.DATA_FILES || filePath(import.meta.resolve(OWN_FOLDER));
  const known = new Map();
  return (name, place) => {
    refuseUnless(folder.startsWith('/'), 'DATA_FILES', `"${folder}" must be an absolute path`);
    if (!known.has(name)) {
      known.set(name, readFile(folder, name, place));
    }
    return known.get(name);
  };
}

// As a dashboard keeps it, else a plain CSV file of this name.
function readFile(folder, name, place) {
  let described;
  try {
    described = JSON.parse(open(`${folder}/${name}.json`));
  } catch {
    return readCsv(folder, name, place);
  }
  const { columns, content, parts, rows } = described;
  const shared = parts.map((_count, index) => {
    const path = `${folder}/${content}/rows-${String(index).padStart(4, '0')}.jsonl`;
    return new SharedArray(`${name}/${index}`, () => open(path).split('\n'));
  });
  return { columns, rows, at: (index) => JSON.parse(lineAt(shared, index)) };
}

function readCsv(folder, name, place) {
  const path = `${folder}/${name}.csv`;
  const read = () => {
    try {
      return parseCsv(open(path), `data file ${name}`);
    } catch (error) {
      const told = error.message.startsWith(`data file ${name}: `);
      throw told ? error : new Error(`${place}: there is no data file "${name}" in ${folder}; upload it, or name its folder in DATA_FILES`);
    }
  };
  const shared = new SharedArray(name, () => {
    const { columns, rows } = read();
    rows.unshift(columns);
    return rows;
  });
  return { columns: shared[0], rows: shared.length - 1, at: (index) => shared[index + 1] };
}

function lineAt(parts, index) {
  let [part, rest] = [0, index];
  while (rest >= parts[part].length) {
    rest -= parts[part].length;
    part += 1;
  }
  return parts[part][rest];
}

// takerOf(data) gives take(): the row whose turn it is, or null when none is left and the run is about to end. `steered`: not
// every iteration may work, so their numbers say nothing.
export function rowTakers(describe, steered) {
  const takers = new Map();
  const world = {
    user: () => exec.vu.idInTest,
    users: usersOnce(),
    iteration: () => exec.scenario.iterationInTest,
    random: Math.random,
  };
  return (data) => {
    if (!takers.has(data.name)) {
      const file = describe(data.name, 'data_file');
      takers.set(data.name, taker(data, file, !steered, world));
    }
    return takers.get(data.name);
  };
}

function taker(data, file, everyone, world) {
  let next = null;
  return () => {
    const counted = data.counted && everyone && isAlone();
    next ??= rowChooser({ mode: data.mode, end: data.end, rows: file.rows }, counted, world);
    const index = next();
    if (index >= 0) {
      return file.at(index);
    }
    if (!counted && exec.vu.idInTest <= USERS_THAT_TELL) {
      console.warn(`data file ${data.name}: user ${exec.vu.idInTest} has used its share of the rows and waits`);
    }
    waitForTheOthers(counted ? world.iteration() - file.rows + 1 : null);
    if (exec.scenario.progress < 1) {
      exec.test.abort(`data file ${data.name}: all rows were used`);
    }
    return null;
  };
}

function usersOnce() {
  let users = 0;
  return () => {
    users ||= mostUsers(exec.test.options.scenarios);
    return users;
  };
}

// With several scenarios iterations are numbered in each.
function isAlone() {
  return Object.keys(exec.test.options.scenarios).length === 1;
}

// An end that cuts nobody's request short. Who finds no row stays here: where iterations are counted, so many users have
// come here as numbers were given out beyond the last row; else all are here when no iteration has ended for a while.
function waitForTheOthers(arrived) {
  exec.vu.metrics.tags.ctl = 'idle';
  let [ended, since] = [exec.instance.iterationsCompleted, Date.now()];
  while (exec.scenario.progress < 1) {
    if (arrived === null ? Date.now() - since > STILL_MS : arrived >= exec.instance.vusActive) {
      return;
    }
    sleep(LOOK_S);
    if (exec.instance.iterationsCompleted !== ended) {
      [ended, since] = [exec.instance.iterationsCompleted, Date.now()];
    }
  }
}
