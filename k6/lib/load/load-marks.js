// The times at which the load starts and ends. The time axis of a run begins at the start of its load. The length of
// the run includes neither the start of k6 nor setup() and teardown(). The metrics are Gauges, because the last value
// of a Gauge is exact.

import exec from 'k6/execution';
import { Gauge } from 'k6/metrics';

const loadStart = new Gauge('load_start_ms');
const loadEnd = new Gauge('load_end_ms');

/**
 * Returns the marks of one virtual user: start() is called before its first iteration, end() by the teardown. Without
 * a dashboard they do nothing, because k6's summary would list them.
 * @param {boolean} isRecorded
 * @returns {import('../types.js').LoadMarks}
 */
export function loadMarks(isRecorded) {
  let isStarted = !isRecorded;
  return { start, end };

  function start() {
    if (!isStarted) {
      isStarted = true;
      loadStart.add(exec.scenario.startTime);
    }
  }

  function end() {
    if (isRecorded) {
      loadEnd.add(Date.now());
    }
  }
}
