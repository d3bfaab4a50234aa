// CSV (RFC 4180, commas, UTF-8) for k6 alone; a dashboard checks files at upload and keeps them as rows. Pure. The same
// grammar as dashboard/data_files/records.py.

import { refuseUnless } from './reading.js';

const MOST_CHARACTERS = 1 << 20;

// {columns, rows}: each row a list of texts. What is wrong is told with its line behind `place`.
export function parseCsv(text, place) {
  const [head, ...records] = readRecords(text.replace(/^\ufeff/, ''), place);
  refuseUnless(head !== undefined, place, 'is empty: the first line must name the columns');
  const columns = head.values.map((name) => name.trim());
  columns.forEach((name, index) => {
    refuseUnless(name !== '', place, `line ${head.line}: column ${index + 1} has no name`);
    refuseUnless(columns.indexOf(name) === index, place, `line ${head.line}: two columns are called "${name}"`);
  });
  refuseUnless(records.length > 0, place, 'has column names but no row below them');
  for (const { line, values } of records) {
    if (values.length !== columns.length) {
      const found = values.length === 1 ? '1 value' : `${values.length} values`;
      throw new Error(`${place}: line ${line}: has ${found}, the head has ${columns.length}`);
    }
  }
  return { columns, rows: records.map(({ values }) => values) };
}

// Line by line, without patterns: k6's engine goes through the whole of a long text for each match in it.
function readRecords(text, place) {
  const records = [];
  const lines = linesOf(text);
  for (let index = 0; index < lines.length; index += 1) {
    const line = index + 1;
    let [content, end] = lines[index];
    let values = readValues(content, line, place);
    while (values === null) {
      const more = index + 1 < lines.length && content.length <= MOST_CHARACTERS;
      refuseUnless(more, place, `line ${line}: a quote that opens in this row is never closed`);
      index += 1;
      content += end + lines[index][0];
      end = lines[index][1];
      values = readValues(content, line, place);
    }
    if (content !== '') {
      records.push({ line, values }); // a line with nothing in it is no record
    }
  }
  return records;
}

// [content, end] of each line; a carriage return alone ends one too.
function linesOf(text) {
  const lines = [];
  const parts = text.split('\n');
  parts.forEach((part, index) => {
    const end = index === parts.length - 1 ? '' : '\n';
    if (!part.includes('\r')) {
      lines.push([part, end]);
      return;
    }
    const inner = part.split('\r');
    if (end !== '' && inner[inner.length - 1] === '') {
      inner.pop();
      inner.forEach((content, at) => lines.push([content, at === inner.length - 1 ? '\r\n' : '\r']));
    } else {
      inner.forEach((content, at) => lines.push([content, at === inner.length - 1 ? end : '\r']));
    }
  });
  return lines;
}

// null when the last value begins with a quote that is not closed yet.
function readValues(content, line, place) {
  if (content.includes('\0')) {
    throw new Error(`${place}: line ${line}: holds a NUL character`);
  }
  if (!content.includes('"')) {
    return content.split(',');
  }
  const values = [];
  let at = 0;
  while (at <= content.length) {
    const quoted = content[at] === '"';
    const end = quoted ? closingQuote(content, at) + 1 : content.indexOf(',', at);
    if (quoted && end === 0) {
      return null;
    }
    const until = end < 0 ? content.length : end;
    if (until < content.length && content[until] !== ',') {
      throw new Error(`${place}: line ${line}: after a closing quote must come a comma or the end of the line`);
    }
    values.push(quoted ? content.slice(at + 1, until - 1).replaceAll('""', '"') : content.slice(at, until));
    at = until + 1;
  }
  return values;
}

function closingQuote(content, open) {
  let at = content.indexOf('"', open + 1);
  while (at >= 0 && content[at + 1] === '"') {
    at = content.indexOf('"', at + 2);
  }
  return at;
}
