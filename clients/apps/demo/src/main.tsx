import { render } from "preact";
import { applyTheme } from "@parlour/ui/theme";
import { start } from "./account/account.js";
import { App } from "./shell/app.js";
import { openHouse } from "./shell/house.js";
import "./style.css";

applyTheme();
render(<App />, document.getElementById("app")!);
void start().then(openHouse);
