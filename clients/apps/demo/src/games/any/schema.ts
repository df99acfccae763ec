/** Reads JSON Schemas, as the server's authors write them, into fields of a form. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** The part of JSON Schema 2020-12 that is read here; what is not read becomes a field of JSON. */
export interface Schema {
  [key: string]: unknown;
}

export interface Named {
  name: string;
  label: string;
  hint: string;
  required: boolean;
  /** What stands in it at first; undefined for nothing. */
  initial: Json | undefined;
  field: Field;
}

export type Field =
  | { is: "number"; whole: boolean; min?: number; max?: number }
  | { is: "text"; min?: number; max?: number; pattern?: string }
  | { is: "flag" }
  | { is: "choice"; values: Json[] }
  | { is: "list"; item: Field; min: number; max: number }
  | { is: "group"; fields: Named[] }
  | { is: "either"; options: { label: string; field: Field }[] }
  | { is: "nothing" }
  | { is: "json" };

/** How deep schemas are followed: one that names itself has no end. */
const DEEPEST = 6;

/** The fields of an object's schema. */
export function fieldsOf(schema: Schema): Named[] {
  const field = fieldOf(schema, schema, 0);
  return field.is === "group" ? field.fields : [];
}

/** What a form sends for a field that nobody filled in; undefined where there is nothing to begin with. */
export function initialOf(field: Field): Json | undefined {
  switch (field.is) {
    case "flag":
      return false;
    case "choice":
      return field.values[0];
    case "list":
      return Array.from({ length: field.min }, () => initialOf(field.item) ?? null);
    case "group":
      return Object.fromEntries(
        field.fields.flatMap(({ name, initial }) => (initial === undefined ? [] : [[name, initial]])),
      );
    case "either":
      return initialOf(field.options[0]!.field);
    case "nothing":
      return null;
    default:
      return undefined;
  }
}

/** Words of a name in code: `place_fleet`, `placeFleet` and `place-fleet` are "Place fleet". */
export function inWords(name: string): string {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/[_-]+/g, " ")
    .trim()
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Whether a value may be what this field holds, to choose among several. */
export function fits(field: Field, value: unknown): boolean {
  switch (field.is) {
    case "number":
      return typeof value === "number";
    case "text":
      return typeof value === "string";
    case "flag":
      return typeof value === "boolean";
    case "choice":
      return field.values.includes(value as Json);
    case "list":
      return Array.isArray(value);
    case "group":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    case "nothing":
      return value === null;
    default:
      return true;
  }
}

function fieldOf(given: Schema, root: Schema, depth: number): Field {
  const schema = resolved(given, root);
  if (depth > DEEPEST) return { is: "json" };
  if ("const" in schema) return schema.const === null ? { is: "nothing" } : choice([schema.const as Json]);
  if (Array.isArray(schema.enum)) return choice(schema.enum as Json[]);
  const several = (schema.anyOf ?? schema.oneOf) as Schema[] | undefined;
  if (several) return either(several.map((one) => fieldOf(one, root, depth + 1)));
  switch (schema.type) {
    case "integer":
    case "number":
      return numberField(schema);
    case "string":
      return textField(schema);
    case "boolean":
      return { is: "flag" };
    case "null":
      return { is: "nothing" };
    case "array":
      return listField(schema, root, depth);
    case "object":
      return groupField(schema, root, depth);
    default:
      return { is: "json" };
  }
}

/** Follow `$ref` into `$defs`, and an `allOf` of one; what stands beside a reference counts too. */
function resolved(schema: Schema, root: Schema, depth = 0): Schema {
  const whole = Array.isArray(schema.allOf) && schema.allOf.length === 1 ? (schema.allOf[0] as Schema) : undefined;
  const name = typeof schema.$ref === "string" ? /^#\/\$defs\/(.+)$/.exec(schema.$ref)?.[1] : undefined;
  const found = whole ?? (name === undefined ? undefined : (root.$defs as Record<string, Schema>)?.[name]);
  if (!found || depth > DEEPEST) return schema;
  const { $ref: _, allOf: __, ...beside } = schema;
  return { ...resolved(found, root, depth + 1), ...beside };
}

function choice(values: Json[]): Field {
  return values.every((value) => typeof value !== "object" || value === null)
    ? { is: "choice", values }
    : { is: "json" };
}

/** Choices of several kinds of field; what may also be left empty comes first. */
function either(fields: Field[]): Field {
  if (fields.every((field) => field.is === "choice")) return choice(fields.flatMap(({ values }) => values));
  const sorted = [...fields].sort((one, other) => Number(other.is === "nothing") - Number(one.is === "nothing"));
  return { is: "either", options: sorted.map((field) => ({ label: LABELS[field.is], field })) };
}

const LABELS: Record<Field["is"], string> = {
  number: "A number",
  text: "A text",
  flag: "Yes or no",
  choice: "One of these",
  list: "A list",
  group: "These fields",
  either: "One of these",
  nothing: "Nothing",
  json: "JSON",
};

function numberField(schema: Schema): Field {
  const whole = schema.type === "integer";
  const step = whole ? 1 : 0;
  const min = numberIn(schema, "minimum") ?? shifted(numberIn(schema, "exclusiveMinimum"), step);
  const max = numberIn(schema, "maximum") ?? shifted(numberIn(schema, "exclusiveMaximum"), -step);
  return { is: "number", whole, ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
}

function textField(schema: Schema): Field {
  const min = numberIn(schema, "minLength");
  const max = numberIn(schema, "maxLength");
  const { pattern } = schema;
  return {
    is: "text",
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(typeof pattern === "string" && { pattern }),
  };
}

function listField(schema: Schema, root: Schema, depth: number): Field {
  if (Array.isArray(schema.prefixItems) || typeof schema.items !== "object") return { is: "json" };
  const item = fieldOf(schema.items as Schema, root, depth + 1);
  const [min, max] = [numberIn(schema, "minItems") ?? 0, numberIn(schema, "maxItems") ?? Infinity];
  return { is: "list", item, min, max };
}

function groupField(schema: Schema, root: Schema, depth: number): Field {
  const properties = schema.properties as Record<string, Schema> | undefined;
  if (!properties)
    return typeof schema.additionalProperties === "object" ? { is: "json" } : { is: "group", fields: [] };
  const required = new Set((schema.required as string[] | undefined) ?? []);
  const fields = Object.entries(properties).map(([name, own]): Named => {
    const facts = resolved(own, root);
    const field = fieldOf(own, root, depth + 1);
    return {
      name,
      label: inWords(name),
      hint: typeof facts.description === "string" ? facts.description : "",
      required: required.has(name),
      initial: "default" in facts ? (facts.default as Json) : required.has(name) ? initialOf(field) : undefined,
      field,
    };
  });
  return { is: "group", fields };
}

function numberIn(schema: Schema, key: string): number | undefined {
  const value = schema[key];
  return typeof value === "number" ? value : undefined;
}

function shifted(value: number | undefined, by: number): number | undefined {
  return value === undefined ? undefined : value + by;
}
