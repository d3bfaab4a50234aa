/** The form that adds an endpoint by hand. */
import type { Endpoint } from "./endpoint";

export interface AddedValues {
  name: string;
  path: string;
  type: "rest" | "graphql";
  method: string;
  group: string;
  weight: string;
  query: string;
}

export const NO_ENDPOINT: AddedValues = {
  name: "",
  path: "",
  type: "rest",
  method: "GET",
  group: "",
  weight: "1",
  query: "",
};

export function addErrors({ name, path, type, group, weight, query }: AddedValues): Map<string, string> {
  const errors = new Map<string, string>();
  if (name.trim() === "") errors.set("name", "Enter a name.");
  if (path.trim() === "") errors.set("path", "Enter a path, such as /api/products.");
  if (group.trim() === "") errors.set("group", "Enter a group.");
  if (weight.trim() === "" || !(Number(weight) >= 0)) errors.set("weight", "Enter a number that is 0 or greater.");
  if (type === "graphql" && query.trim() === "") errors.set("query", "Enter a query.");
  return errors;
}

export function addedEndpoint({ name, path, type, method, group, weight, query }: AddedValues): Endpoint {
  const common = { name: name.trim(), group: group.trim(), type, path: path.trim(), weight: Number(weight) };
  if (type === "graphql") return { ...common, query, checks: { status: 200, no_graphql_errors: true } };
  return { ...common, method };
}
