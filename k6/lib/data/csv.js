// CSV parser (RFC 4180, comma, UTF-8) for k6 without a dashboard. The dashboard parses files at upload and stores their
// rows. dashboard/data_files/records.py accepts the same grammar.

import { limits } from '../common/shared.js';
import { assertValid } from '../common/validate.js';

const MAX_RECORD_CHARACTERS = limits.data_file.max_record_characters;

/**
 * Parses a whole file. An error starts with `field` and the number of the line.
 * @param {string} text
 * @param {string} field
 */
export function parseCsv(text, field) {
  const [header, ...records] = readRecords(text.replace(/^\ufeff/, ''), field);
  assertValid(header !== undefined, field, 'is empty. The first line must name the columns.');
  const columns = header.values.map((name) => name.trim());
  columns.forEach((name, index) => {
    assertValid(name !== '', field, `line ${header.line}: column ${index + 1} has no name`);
    assertValid(columns.indexOf(name) === index, field, `line ${header.line}: two columns are named "${name}"`);
  });
  assertValid(records.length > 0, field, 'has column names but no rows');
  for (const { line, values } of records) {
    if (values.length !== columns.length) {
      const count = values.length === 1 ? '1 value' : `${values.length} values`;
      throw new Error(`${field}: line ${line}: has ${count}, but the header has ${columns.length}`);
    }
  }
  return { columns, rows: records.map(({ values }) => values) };
}

// Goes line by line instead of matching a regular expression against the whole text: k6's JavaScript engine rescans a
// long text for every match.
function readRecords(text, field) {
  /** @type {{line: number, values: string[]}[]} */
  const records = [];
  const lines = splitLines(text);
  for (let index = 0; index < lines.length; index += 1) {
    const line = index + 1;
    let [content, ending] = lines[index];
    let values = readValues(content, line, field);
    while (values === null) {
      const canContinue = index + 1 < lines.length && content.length <= MAX_RECORD_CHARACTERS;
      assertValid(canContinue, field, `line ${line}: a quote that opens in this row is never closed`);
      index += 1;
      content += ending + lines[index][0];
      ending = lines[index][1];
      values = readValues(content, line, field);
    }
    if (content !== '') {
      records.push({ line, values }); // an empty line is not a record
    }
  }
  return records;
}

// Returns [content, line ending] of each line. A lone carriage return also ends a line.
function splitLines(text) {
  /** @type {[string, string][]} */
  const lines = [];
  const parts = text.split('\n');
  parts.forEach((part, index) => {
    const ending = index === parts.length - 1 ? '' : '\n';
    if (!part.includes('\r')) {
      lines.push([part, ending]);
      return;
    }
    const inner = part.split('\r');
    if (ending !== '' && inner[inner.length - 1] === '') {
      inner.pop();
      inner.forEach((content, at) => lines.push([content, at === inner.length - 1 ? '\r\n' : '\r']));
    } else {
      inner.forEach((content, at) => lines.push([content, at === inner.length - 1 ? ending : '\r']));
    }
  });
  return lines;
}

// Returns null if the last value starts with a quote that is not closed yet.
function readValues(content, line, field) {
  if (content.includes('\0')) {
    throw new Error(`${field}: line ${line}: contains a NUL character`);
  }
  if (!content.includes('"')) {
    return content.split(',');
  }
  const values = [];
  let start = 0;
  while (start <= content.length) {
    const isQuoted = content[start] === '"';
    const valueEnd = isQuoted ? closingQuote(content, start) + 1 : content.indexOf(',', start);
    if (isQuoted && valueEnd === 0) {
      return null;
    }
    const end = valueEnd < 0 ? content.length : valueEnd;
    if (end < content.length && content[end] !== ',') {
      throw new Error(`${field}: line ${line}: a closing quote must be followed by a comma or the end of the line`);
    }
    values.push(isQuoted ? content.slice(start + 1, end - 1).replaceAll('""', '"') : content.slice(start, end));
    start = end + 1;
  }
  return values;
}

function closingQuote(content, open) {
  let position = content.indexOf('"', open + 1);
  while (position >= 0 && content[position + 1] === '"') {
    position = content.indexOf('"', position + 2);
  }
  return position;
}
