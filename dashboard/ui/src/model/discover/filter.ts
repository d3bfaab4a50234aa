/** The filter of the preview table. */
import { type NameCounts, needsAttention } from "./attention";
import { fieldText, isGraphql, methodOf } from "./endpoint";
import { type Row, nameOf } from "./rows";

export type Show = "" | "selected" | "attention";

export interface RowFilter {
  text: string;
  show: Show;
  group: string;
  method: string;
  tag: string;
}

const GRAPHQL = "GraphQL";

/** Returns the method as the table shows it: GraphQL for an operation of it. */
export const shownMethod = ({ endpoint }: Row): string => (isGraphql(endpoint) ? GRAPHQL : methodOf(endpoint));

const groupOf = ({ endpoint }: Row) => fieldText(endpoint, "group");

export function filterRows(rows: readonly Row[], filter: RowFilter, counts: NameCounts): Row[] {
  const text = filter.text.trim().toLowerCase();
  return rows.filter(
    (row) =>
      (filter.group === "" || groupOf(row) === filter.group) &&
      (filter.method === "" || shownMethod(row) === filter.method) &&
      (filter.tag === "" || row.tags.includes(filter.tag)) &&
      (filter.show !== "selected" || row.isSelected) &&
      (filter.show !== "attention" || needsAttention(row, counts)) &&
      (text === "" ||
        `${nameOf(row)}\n${fieldText(row.endpoint, "path")}\n${groupOf(row)}`.toLowerCase().includes(text)),
  );
}

export interface Choices {
  groups: string[];
  methods: string[];
  tags: string[];
}

/** Returns the values that rows can be filtered by. */
export function choicesOf(rows: readonly Row[]): Choices {
  const sorted = (values: string[]) => [...new Set(values)].filter((value) => value !== "").sort();
  return {
    groups: sorted(rows.map(groupOf)),
    methods: sorted(rows.map(shownMethod)),
    tags: sorted(rows.flatMap(({ tags }) => tags)),
  };
}
