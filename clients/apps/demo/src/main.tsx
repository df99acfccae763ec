import { render } from "preact";
import { start } from "./account.js";
import { App } from "./app.js";
import { openHouse } from "./house.js";
import { applyTheme } from "@parlour/ui/theme";
import "./style.css";

applyTheme();
render(<App />, document.getElementById("app")!);
void start().then(openHouse);
