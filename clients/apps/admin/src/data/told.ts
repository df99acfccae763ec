/** One thing that changes with what the server tells: asked for again when it does, and now and then beside. */
import { useEffect } from "preact/hooks";
import { follow, isTold, type Picture } from "./live.js";
import { useLoad, type Load } from "./load.js";
import { resting } from "./paused.js";

/** Milliseconds in which what is told many times is asked for once. */
const TOGETHER_MS = 1_000;
/** Milliseconds between two looks while nothing is told. */
const UNTOLD_MS = 5_000;
/** Milliseconds between two looks at what nobody tells, such as who is in a room now. */
const BESIDE_MS = 30_000;

/** Load a path, and again whenever something of `what` is told. */
export function useTold<Data>(path: string, what: Picture): Load<Data> {
  const load = useLoad<Data>(path);
  const { reload } = load;
  useEffect(() => {
    let waiting: ReturnType<typeof setTimeout> | undefined;
    let askedAt = Date.now();
    const again = (): void => {
      waiting = undefined;
      askedAt = Date.now();
      reload();
    };
    const stop = follow(what, () => (waiting ??= setTimeout(again, TOGETHER_MS)));
    const timer = setInterval(() => {
      if (!resting.peek() && (!isTold() || Date.now() - askedAt >= BESIDE_MS)) again();
    }, UNTOLD_MS);
    return () => {
      stop();
      clearInterval(timer);
      clearTimeout(waiting);
    };
  }, [path, what]);
  return load;
}
