/** What every page has: the switch between light and dark, and the one between languages. */

import { byId } from "./dom.js";
import { switchTheme } from "./theme.js";

switchTheme(byId("theme"));
for (const link of document.querySelectorAll(".tongue")) {
  // What was chosen since the page came is in its address, not in the link.
  link.addEventListener("click", () => {
    const address = new URL(location.href);
    address.searchParams.set("lang", link.hreflang);
    link.href = address;
  });
}
