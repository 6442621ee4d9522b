/** What every page has: the switch between light and dark. */

import { byId } from "./dom.js";
import { switchTheme } from "./theme.js";

switchTheme(byId("theme"));
