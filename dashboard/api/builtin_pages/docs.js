// Renders /openapi.json: operations by tag, with parameters, bodies and responses. The script inserts text, never HTML, and loads no other URL.

const METHODS = ["get", "post", "put", "patch", "delete"];

function createElement(name, text, ...children) {
  const created = document.createElement(name);
  if (text) created.textContent = text;
  created.append(...children);
  return created;
}

function typeOf(schema) {
  if (!schema) return "";
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return choices.map(typeOf).join(" | ");
  if (schema.type === "array") return `${typeOf(schema.items) || "any"}[]`;
  if (schema.type === "object" && schema.additionalProperties) return `{name: ${typeOf(schema.additionalProperties) || "any"}}`;
  return schema.type ?? "any";
}

function limitsOf(schema) {
  const parts = [schema, ...(schema.anyOf ?? [])];
  const names = { minimum: "minimum", maximum: "maximum", exclusiveMinimum: "greater than", maxLength: "maximum length", pattern: "pattern" };
  return parts.flatMap((part) => Object.keys(names).filter((key) => part[key] !== undefined).map((key) => `${names[key]} ${part[key]}`)).join(", ");
}

function createTable(rows) {
  const head = createElement("tr", "", ...["Name", "Type", "Description"].map((text) => createElement("th", text)));
  const lines = rows.map(([name, schema, required, text]) => {
    const notes = [text, limitsOf(schema), schema.default !== undefined && schema.default !== null ? `default ${JSON.stringify(schema.default)}` : ""];
    const cell = createElement("td", "", createElement("code", name), createElement("span", required ? " required" : ""));
    return createElement("tr", "", cell, createElement("td", typeOf(schema)), createElement("td", notes.filter(Boolean).join("; ")));
  });
  return createElement("table", "", createElement("thead", "", head), createElement("tbody", "", ...lines));
}

function fieldRows(schema) {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).map(([name, field]) => [name, field, required.has(name), field.description]);
}

function resolve(schema, document) {
  return schema?.$ref ? document.components.schemas[schema.$ref.split("/").pop()] : schema;
}

function contentSchema(holder) {
  return Object.values(holder?.content ?? {})[0]?.schema;
}

function createOperation(path, method, spec, document) {
  const title = createElement("summary", "", createElement("span", method.toUpperCase()), createElement("code", path), createElement("span", ` ${spec.summary ?? ""}`));
  title.firstChild.className = "method";
  title.lastChild.className = "muted";
  const content = createElement("div", "");
  if (spec.parameters?.length) {
    content.append(createElement("h4", "Parameters"), createTable(spec.parameters.map((p) => [`${p.name} (${p.in})`, p.schema, p.required, p.description])));
  }
  const body = resolve(contentSchema(spec.requestBody), document);
  if (body) content.append(createElement("h4", "Body"), createTable(fieldRows(body)));
  content.append(createElement("h4", "Responses"));
  const responses = Object.entries(spec.responses).map(([status, response]) => {
    const type = typeOf(contentSchema(response)) || Object.keys(response.content ?? {})[0] || "no body";
    return createElement("li", `${status} ${response.description}: ${type}`);
  });
  content.append(createElement("ul", "", ...responses));
  return createElement("details", "", title, content);
}

function createSchemas(document) {
  const entries = Object.entries(document.components.schemas).map(([name, schema]) => {
    const rows = fieldRows(schema);
    const content = createElement("div", "", createElement("p", schema.description ?? ""), rows.length ? createTable(rows) : createElement("p", typeOf(schema)));
    return createElement("details", "", createElement("summary", "", createElement("code", name)), content);
  });
  return [createElement("h2", "Schemas"), ...entries];
}

function render(document) {
  const byTag = new Map();
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const method of METHODS.filter((name) => methods[name])) {
      const tag = methods[method].tags?.[0] ?? "other";
      byTag.set(tag, [...(byTag.get(tag) ?? []), createOperation(path, method, methods[method], document)]);
    }
  }
  return [...byTag].flatMap(([tag, operations]) => [createElement("h2", tag), ...operations]).concat(createSchemas(document));
}

const about = document.getElementById("about");
try {
  const response = await fetch("openapi.json");
  if (!response.ok) throw new Error(`the server responded with status ${response.status}`);
  const openapi = await response.json();
  document.getElementById("operations").append(...render(openapi));
  about.textContent = `Version ${openapi.info.version}. ${openapi.info.description ?? ""}`;
} catch (error) {
  about.textContent = `Cannot show the API documentation: ${error.message}.`;
}
