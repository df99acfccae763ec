import { render } from "preact";
import { applyTheme } from "@parlour/ui/theme";
import { startSession } from "./account/session.js";
import { followKinds } from "./games/kinds.js";
import { followDirectory } from "./rooms/directory.js";
import { followMine } from "./rooms/mine.js";
import { followRoute } from "./rooms/open-rooms.js";
import { App } from "./shell/app.js";
import { followSession } from "./shell/connection.js";
import { keepFocus } from "./shell/focus.js";
import { followAddress } from "./shell/router.js";
import "./style.css";

applyTheme();
keepFocus();
render(<App />, document.getElementById("app")!);
void startSession().then(() => {
  followAddress();
  followSession();
  followKinds();
  followRoute();
  followDirectory();
  followMine();
});
