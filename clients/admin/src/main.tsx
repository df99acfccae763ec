import { render } from "preact";
import { App } from "./app.js";
import { poll } from "./overview.js";
import { applyTheme } from "../../theme/theme.js";
import "./style.css";

applyTheme();
render(<App />, document.getElementById("app")!);
void poll();
