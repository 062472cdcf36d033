// Appended to a page by run: uses it, and notes what it finds for --dump-dom.
"use strict";
addEventListener("error", event => { document.documentElement.dataset.error = String(event.message); });
try {
	const root = document.documentElement;
	const plot = document.querySelector("svg[aria-roledescription=treemap]");
	// Every table by every column, both ways; a filter; every list to its end; what is folded.
	for (const button of document.querySelectorAll("th button"))
		for (let i = 0; i < 2; i++)
			button.click();
	for (const input of document.querySelectorAll("input[type=search]")) {
		input.value = "no such thing anywhere";
		input.dispatchEvent(new Event("input"));
		input.value = "";
		input.dispatchEvent(new Event("input"));
	}
	for (const select of document.querySelectorAll("select"))
		for (const option of [...select.options].slice(0, 5)) {
			select.value = option.value;
			select.dispatchEvent(new Event("change"));
		}
	for (const details of [...document.querySelectorAll("details")].slice(0, 50)) {
		details.open = true;
		details.dispatchEvent(new Event("toggle"));
	}
	for (const key of ["ArrowRight", "ArrowRight", "End", "Home"])
		if (plot)
			plot.dispatchEvent(new KeyboardEvent("keydown", { key }));
	dispatchEvent(new Event("beforeprint"));
	dispatchEvent(new Event("afterprint"));
	root.dataset.told = plot ? plot.closest("figure").querySelector(".readout").textContent : "";
	root.dataset.overflow = String(root.scrollWidth - root.clientWidth);
	root.dataset.unnamed = String([...document.querySelectorAll("button, select, input, svg[tabindex], section")]
		.filter(e => !(e.textContent.trim() || e.getAttribute("aria-label") || e.closest("label"))).length);
	root.dataset.probed = "yes";
} catch (e) {
	document.documentElement.dataset.error = String(e && e.stack);
}
