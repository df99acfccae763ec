import { render } from "preact";
import { applyTheme } from "@parlour/ui/theme";
import { startClock } from "./data/now.js";
import { watchServer } from "./data/server.js";
import { App } from "./shell/app.js";
import { takeClaim } from "./shell/claim.js";
import { followAddress } from "./shell/router.js";
import "./style.css";

applyTheme();
takeClaim();
followAddress();
startClock();
render(<App />, document.getElementById("app")!);
void watchServer();
