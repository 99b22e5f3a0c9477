// Package browser holds the tests that only a browser can pass: the journey from sign-in to the end
// of an activation and that of a request through several people's hands, with script and without,
// what the content security policy blocks, what reaches assistive technology, and what a page does
// in a narrow window, in the dark, or by keyboard alone.
//
// There is nothing in it but tests, under the build tag browser. They need Chromium
// (JITACCESS_CHROMIUM, or on the PATH) and axe-core (JITACCESS_AXE_CORE); see the target browser of
// the makefile. Where one is missing they say so and are skipped, and with
// JITACCESS_REQUIRE_BROWSER=1 they fail. Every test also holds its pages to the portal's headers,
// to a silent console and to the portal's own origin.
package browser
