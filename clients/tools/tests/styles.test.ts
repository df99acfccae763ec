/** Style sheets take space, type, radius, layers and time from the tokens of packages/ui/src/tokens.css. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";
import { root } from "../options.mjs";

const sheets = ["apps/admin/src", "apps/demo/src", "packages/ui/src"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true })
    .map((file) => join(root, folder, String(file)))
    .filter((file) => file.endsWith(".css") && !file.endsWith("tokens.css")),
);

/** Every `property: value;` of every sheet. */
const declarations = sheets.flatMap((sheet) => [
  ...readFileSync(sheet, "utf8")
    .replace(/\/\*.*?\*\//gs, "")
    .matchAll(/([a-z-]+):\s*([^;{}]+);/g),
]);

const countOf = (property: RegExp, literal: RegExp): number =>
  declarations
    .filter(([, name]) => property.test(name!))
    .reduce((sum, [, , value]) => sum + [...value!.matchAll(literal)].length, 0);

const PX = /(?<![\w-])\d*\.?\d+px/g;

/** Literals that are there on purpose: hairlines, a fluid headline, the composer's round ends, an order within a box. */
test.each([
  ["space", /^(padding|margin|gap|row-gap|column-gap)/, PX, 16],
  ["type", /^font/, PX, 3],
  ["radius", /radius$/, PX, 1],
  ["layers", /^z-index$/, /(?<![\w-])\d+(?![\w)])/g, 2],
  ["time", /^(transition|animation)/, /(?<![\w-])\d*\.?\d+m?s\b/g, 0],
  ["all lengths", /./, PX, 157],
])("%s is taken from the tokens", (_, property, literal, budget) => {
  expect(countOf(property, literal)).toBeLessThanOrEqual(budget);
});

test("a folder has one style sheet", () => {
  const folders = sheets
    .map((sheet) => relative(root, dirname(sheet)))
    .filter((folder) => folder !== "packages/ui/src");
  expect(folders).toEqual([...new Set(folders)]);
});
