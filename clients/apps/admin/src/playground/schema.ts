/** Reads a JSON Schema as the fields of a form, and what was typed as the value it asks for. */

export interface Schema {
  $ref?: string;
  title?: string;
  description?: string;
  type?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  allOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  minimum?: number;
  maximum?: number;
}

export type Definitions = Readonly<Record<string, Schema>>;

/** `json` is what has no simpler field: objects, lists, unions. */
export type FieldKind = "text" | "number" | "boolean" | "choice" | "json";

export interface SchemaField {
  name: string;
  kind: FieldKind;
  required: boolean;
  hint: string;
  options: readonly string[];
}

/** List the fields of an object's schema, the required ones first. */
export function fieldsOf(schema: Schema, definitions: Definitions): SchemaField[] {
  const object = follow(schema, definitions);
  const required = new Set(object.required ?? []);
  const fields = Object.entries(object.properties ?? {}).map(([name, property]) =>
    fieldOf(name, property, required.has(name), definitions),
  );
  return fields.sort((a, b) => Number(b.required) - Number(a.required));
}

function fieldOf(name: string, property: Schema, required: boolean, definitions: Definitions): SchemaField {
  const branches = (property.anyOf ?? [property])
    .map((branch) => follow(branch, definitions))
    .filter(({ type }) => type !== "null");
  const only = branches.length === 1 ? branches[0]! : {};
  const hint = property.description ?? only.description ?? "";
  const options = only.const !== undefined ? [only.const] : (only.enum ?? []);
  return { name, kind: options.length ? "choice" : kindOf(only), required, hint, options: options.map(String) };
}

function kindOf({ type }: Schema): FieldKind {
  if (type === "string") return "text";
  if (type === "integer" || type === "number") return "number";
  return type === "boolean" ? "boolean" : "json";
}

function follow(schema: Schema, definitions: Definitions): Schema {
  const name = schema.$ref?.split("/").at(-1);
  return name === undefined ? schema : follow(definitions[name] ?? {}, definitions);
}

/** Read what was typed into the fields; an empty field is left out. @throws SyntaxError where JSON is none. */
export function valueOf(
  fields: readonly SchemaField[],
  typed: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const values = fields.map(({ name, kind }): [string, unknown] => [name, read(kind, typed[name] ?? "", name)]);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

function read(kind: FieldKind, text: string, name: string): unknown {
  if (text === "") return undefined;
  if (kind === "number") return Number(text);
  if (kind === "boolean") return text === "true";
  if (kind !== "json") return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new SyntaxError(`${name} is no JSON.`);
  }
}
