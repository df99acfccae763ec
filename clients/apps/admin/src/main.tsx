import { render } from "preact";
import { App } from "./shell/app.js";
import { poll } from "./data/overview.js";
import { applyTheme } from "@parlour/ui/theme";
import "./style.css";

applyTheme();
render(<App />, document.getElementById("app")!);
void poll();
