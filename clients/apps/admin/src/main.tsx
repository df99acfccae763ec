import { render } from "preact";
import { App } from "./app.js";
import { poll } from "./overview.js";
import { applyTheme } from "@parlour/ui/theme";
import "./style.css";

applyTheme();
render(<App />, document.getElementById("app")!);
void poll();
