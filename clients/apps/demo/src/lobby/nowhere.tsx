import { session } from "../account/session.js";
import { rooms } from "../rooms/directory.js";
import { goTo } from "../shell/router.js";
import { menuOpen } from "../shell/menu.js";
import { planning } from "./new-room.js";

/** What stands where a room would, on a server without a first one. */
export function Nowhere() {
  const list = rooms.value;
  const plan = (): void => {
    menuOpen.value = true;
    planning.value = true;
  };
  return (
    <section class="empty nowhere" aria-label="No room yet">
      {list.length > 0 ? (
        <>
          <h2>Choose a room</h2>
          <ul>
            {list.map(({ id, title }) => (
              <li key={id}>
                <button class="link" onClick={() => goTo(id)}>
                  {title || id}
                </button>
              </li>
            ))}
          </ul>
        </>
      ) : (
        <>
          <h2>No room is open yet</h2>
          {session.value ? (
            <button class="primary" onClick={plan}>
              Make the first one
            </button>
          ) : (
            <p>Sign in to make the first one.</p>
          )}
        </>
      )}
    </section>
  );
}
