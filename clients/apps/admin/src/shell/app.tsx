import { access, overview } from "../data/server.js";
import { claim } from "./claim.js";
import { Console } from "./console.js";
import { Door } from "./door.js";

/** The console for those with a server role, a door for others. */
export function App() {
  if (claim.value || access.value === "locked" || access.value === "forbidden" || !overview.value)
    return <Door state={access.value} />;
  return <Console />;
}
