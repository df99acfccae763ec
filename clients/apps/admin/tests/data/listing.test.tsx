// @vitest-environment happy-dom
import { cleanup, renderHook, waitFor } from "@testing-library/preact";
import { afterEach, expect, test, vi } from "vitest";
import { renewed, useListing } from "../../src/data/listing.js";
import { listen, type LiveSocket } from "../../src/data/live.js";

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const id = (row: string): string => row;

test("a newer first page takes the place of the one before, and of no row beyond it", () => {
  const first = { rows: ["d", "c"], cursor: "2" };
  expect(renewed({ rows: undefined, cursor: null, long: false }, first, id)).toMatchObject(first);
  expect(renewed({ rows: ["c", "b"], cursor: "1", long: false }, first, id)).toMatchObject(first);
  const long = { rows: ["c", "b", "a"], cursor: null, long: true };
  expect(renewed(long, first, id)).toMatchObject({ rows: ["d", "c", "b", "a"], cursor: null });
});

test("a list shows what is told; one with a filter is asked for again", async () => {
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (path: string) => {
    if (path.includes("/auth/")) return Response.json({}, { status: 401 });
    asked.push(path);
    return Response.json({ rows: [`answer ${asked.length}`], cursor: null });
  });
  let tell: (news: object) => void = () => undefined;
  const wire: LiveSocket = {
    connected: true,
    on: (event, listener) => event === "console" && (tell = listener as typeof tell),
    emit: () => undefined,
    connect: () => undefined,
    disconnect: () => undefined,
  };
  await listen(async () => wire);
  const told = { what: "audit", id } as const;
  const { result, rerender } = renderHook(({ path }) => useListing<string>(path, "rows", told), {
    initialProps: { path: "/audit" },
  });
  await waitFor(() => expect(result.current.data).toEqual(["answer 1"]));
  tell({ what: "audit", data: { rows: ["told"], cursor: null } });
  await waitFor(() => expect(result.current.data).toEqual(["told"]));
  expect(asked).toHaveLength(1);
  rerender({ path: "/audit?by=ann" });
  await waitFor(() => expect(result.current.data).toEqual(["answer 2"]));
  tell({ what: "audit", data: { rows: ["told"], cursor: null } });
  await waitFor(() => expect(result.current.data).toEqual(["answer 3"]));
  expect(asked).toEqual(["/audit", "/audit?by=ann", "/audit?by=ann"]);
});
