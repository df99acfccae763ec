// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/preact";
import { ParlourError } from "@parlour/client";
import { afterEach, expect, test, vi } from "vitest";
import { ActionForm } from "../../../src/games/any/actions.js";
import type { Json, Schema } from "../../../src/games/any/schema.js";

afterEach(cleanup);

const SHIP = { type: "object", properties: { cell: { type: "integer" }, down: { type: "boolean", default: false } } };
const ARGS: Schema = {
  type: "object",
  $defs: { Ship: { ...SHIP, required: ["cell"] } },
  properties: {
    ships: { type: "array", items: { $ref: "#/$defs/Ship" } },
    hand: { enum: ["rock", "paper"] },
    sure: { type: "boolean" },
    weight: { type: "number" },
    word: { type: "string", minLength: 1 },
    maybe: { anyOf: [{ type: "integer" }, { type: "null" }], default: null },
    table: { type: "object", additionalProperties: { type: "integer" }, default: {} },
  },
  required: ["ships", "hand", "sure", "weight", "word"],
};

function show(act: (args: Record<string, Json>) => Promise<unknown>, args = ARGS, barred = ""): void {
  render(<ActionForm name="place_fleet" description="Place it." args={args} barred={barred} act={act} />);
}

function fill(label: string, value: string): void {
  fireEvent.input(screen.getByLabelText(label), { target: { value } });
}

async function submit(): Promise<void> {
  fireEvent.submit(screen.getByRole("form", { name: "Place fleet" }));
  await new Promise((resolve) => setTimeout(resolve));
}

test("every kind of argument is sent as its schema asks", async () => {
  const act = vi.fn(async () => undefined);
  show(act);
  for (const _ of [1, 2]) fireEvent.click(screen.getByRole("button", { name: "Add one" }));
  fireEvent.input(screen.getAllByLabelText("Cell")[1]!, { target: { value: "7" } });
  fireEvent.click(screen.getByRole("button", { name: "Remove Ships 1" }));
  fireEvent.change(screen.getByLabelText("Hand"), { target: { value: "1" } });
  fireEvent.click(screen.getByLabelText("Sure"));
  fill("Weight", "2.5");
  fill("Word", "four");
  fireEvent.change(screen.getByLabelText("Kind of Maybe"), { target: { value: "1" } });
  fill("Maybe", "12");
  fill("Table", '{"red": 1}');
  await submit();
  expect(act).toHaveBeenCalledWith({
    ships: [{ cell: 7, down: false }],
    hand: "paper",
    sure: true,
    weight: 2.5,
    word: "four",
    maybe: 12,
    table: { red: 1 },
  });
  expect(screen.getByRole("status").textContent).toBe("Done.");
});

test("what stands there at first is sent where nobody changes it", async () => {
  const act = vi.fn(async () => undefined);
  show(act);
  await submit();
  expect(act).toHaveBeenCalledWith({ ships: [], hand: "rock", sure: false, maybe: null, table: {} });
});

test("a refusal is told in words beside the button, until it is tried again", async () => {
  const body = { code: "illegal", reason: "column_full", message: "That column is full.", retryable: false };
  const act = vi.fn().mockRejectedValueOnce(new ParlourError(body)).mockResolvedValueOnce(undefined);
  show(act, { type: "object", properties: {} });
  await submit();
  expect(screen.getByRole("alert").textContent).toBe("That column is full.");
  await submit();
  expect(screen.getByRole("alert").textContent).toBe("");
});

test("what is no JSON is marked and keeps the form from being sent", () => {
  show(async () => undefined);
  fill("Table", "{");
  expect((screen.getByLabelText("Table") as HTMLTextAreaElement).validationMessage).toBe("This is no JSON.");
});

test("an action that cannot be done now has a button that says why", () => {
  show(async () => undefined, ARGS, "Sit down to play.");
  const button = screen.getByRole("button", { name: "Place fleet" }) as HTMLButtonElement;
  expect([button.disabled, button.title]).toEqual([true, "Sit down to play."]);
});
