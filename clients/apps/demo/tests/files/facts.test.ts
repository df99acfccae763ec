import { expect, test } from "vitest";
import { nameIn } from "../../src/files/facts.js";

test.each([
  [`inline; filename="a_.png"; filename*=UTF-8''a%C3%A9.png`, "aé.png"],
  [`attachment; filename="x.txt"; filename*=UTF-8''x.txt`, "x.txt"],
  ["", "A file"],
])("the name of a file is read from what the server says: %s", (said, name) => expect(nameIn(said)).toBe(name));
