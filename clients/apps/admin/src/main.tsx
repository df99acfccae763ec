import { render } from "preact";
import { applyTheme } from "@parlour/ui/theme";
import { App } from "./shell/app.js";
import { poll } from "./data/overview.js";
import "./style.css";

applyTheme();
render(<App />, document.getElementById("app")!);
void poll();
