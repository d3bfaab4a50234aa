// Rows of data files. All users share one copy. DATA_FILES is their folder. The default is where a dashboard that runs
// from this project folder stores them.

import { sleep } from 'k6';
import { SharedArray } from 'k6/data';
import exec from 'k6/execution';

import { filePath } from '../common/urls.js';
import { assertValid } from '../common/validate.js';
import { maxUsers, rowSelector } from './rows.js';

const DEFAULT_FOLDER = '../../../data/files';
const WAIT_INTERVAL_S = 0.1;
const QUIET_PERIOD_MS = 10_000; // longer than most iterations take
const MAX_WARNING_USERS = 3; // one line for each of a thousand users would add nothing

/**
 * Returns describe(name, field), which reads a file once and returns its columns and rows.
 * @param {import('../types.js').Env} env
 * @returns {import('../types.js').DescribeDataFile}
 */
export function dataFiles(env) {
  const folder = env.DATA_FILES || filePath(import.meta.resolve(DEFAULT_FOLDER));
  const files = new Map();
  return (name, field) => {
    assertValid(folder.startsWith('/'), 'DATA_FILES', `"${folder}" must be an absolute path`);
    if (!files.has(name)) {
      files.set(name, readFile(folder, name, field));
    }
    return files.get(name);
  };
}

// Reads a file in the dashboard's format, or a plain CSV file with this name.
function readFile(folder, name, field) {
  let description;
  try {
    description = JSON.parse(open(`${folder}/${name}.json`));
  } catch {
    return readCsvFile(folder, name, field);
  }
  const { columns, content, parts, rows } = description;
  const arrays = parts.map((_count, index) => {
    const path = `${folder}/${content}/rows-${String(index).padStart(4, '0')}.jsonl`;
    return new SharedArray(`${name}/${index}`, () => open(path).split('\n'));
  });
  return { columns, rows, at: (index) => JSON.parse(lineAt(arrays, index)) };
}

function readCsvFile(folder, name, field) {
  const read = () => {
    let text;
    try {
      text = open(`${folder}/${name}.csv`);
    } catch {
      throw new Error(`${field}: ${folder} has no data file "${name}". Upload it, or set DATA_FILES to its folder.`);
    }
    const { parseCsv } = require(import.meta.resolve('./csv.js')); // only the first initialization parses
    return parseCsv(text, `data file ${name}`);
  };
  const shared = new SharedArray(name, () => {
    /** @type {{columns: string[], rows: string[][]}} */
    const { columns, rows } = read();
    rows.unshift(columns);
    return rows;
  });
  return { columns: shared[0], rows: shared.length - 1, at: (index) => shared[index + 1] };
}

function lineAt(arrays, index) {
  let part = 0;
  let offset = index;
  while (offset >= arrays[part].length) {
    offset -= arrays[part].length;
    part += 1;
  }
  return arrays[part][offset];
}

/**
 * Returns sourceOf(data), which returns nextRow(): the next row for this user, or null when no row is left and the run
 * is about to end. In a steerable run not every iteration sends requests, so iteration numbers cannot select rows.
 * @param {import('../types.js').DescribeDataFile} describe
 * @param {boolean} isSteerable
 * @returns {(data: import('../types.js').DataUse) => import('../types.js').NextRow}
 */
export function rowSources(describe, isSteerable) {
  const sources = new Map();
  const context = {
    user: () => exec.vu.idInTest,
    users: countUsersOnce(),
    iteration: () => exec.scenario.iterationInTest,
    random: Math.random,
  };
  return (data) => {
    if (!sources.has(data.name)) {
      const file = describe(data.name, 'data_file');
      sources.set(data.name, rowSource(data, file, isSteerable, context));
    }
    return sources.get(data.name);
  };
}

function rowSource(data, file, isSteerable, context) {
  let nextIndex = null;
  return () => {
    const perIteration = data.isInEveryIteration && !isSteerable && hasSingleScenario();
    nextIndex ??= rowSelector({ mode: data.mode, end: data.end, rows: file.rows }, perIteration, context);
    const index = nextIndex();
    if (index >= 0) {
      return file.at(index);
    }
    if (!perIteration && exec.vu.idInTest <= MAX_WARNING_USERS) {
      console.warn(`data file ${data.name}: user ${exec.vu.idInTest} has used all rows of its share and waits`);
    }
    waitForOtherUsers(perIteration ? context.iteration() - file.rows + 1 : null);
    if (exec.scenario.progress < 1) {
      exec.test.abort(`data file ${data.name}: all rows were used`);
    }
    return null;
  };
}

function countUsersOnce() {
  let users = 0;
  return () => {
    users ||= maxUsers(exec.test.options.scenarios);
    return users;
  };
}

// k6 numbers iterations per scenario.
function hasSingleScenario() {
  return Object.keys(exec.test.options.scenarios).length === 1;
}

/**
 * Ends the run without interrupting a request: a user without a row waits here until the others are done.
 * `waitingUsers` is known if iterations are numbered: every number beyond the last row is a user that waits. Otherwise
 * all users are assumed to wait when no iteration has ended for a while.
 * @param {number | null} waitingUsers
 */
function waitForOtherUsers(waitingUsers) {
  exec.vu.metrics.tags.ctl = 'idle';
  let completed = exec.instance.iterationsCompleted;
  let quietSince = Date.now();
  while (exec.scenario.progress < 1) {
    const isDone =
      waitingUsers === null ? Date.now() - quietSince > QUIET_PERIOD_MS : waitingUsers >= exec.instance.vusActive;
    if (isDone) {
      return;
    }
    sleep(WAIT_INTERVAL_S);
    if (exec.instance.iterationsCompleted !== completed) {
      completed = exec.instance.iterationsCompleted;
      quietSince = Date.now();
    }
  }
}
