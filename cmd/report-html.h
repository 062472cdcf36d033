/* The page of --html, without its data: embed.py cuts report.html at the marks where that goes. */
#ifndef SP_REPORT_HTML_H
#define SP_REPORT_HTML_H

enum sp_report_piece {
	SP_REPORT_BEFORE_STATIC,  /* tables for browsers without JavaScript */
	SP_REPORT_BEFORE_PAGE,    /* JSON about the page */
	SP_REPORT_BEFORE_INSPECT, /* JSON: what inspect found */
	SP_REPORT_BEFORE_VERIFY,  /* JSON: what verify found */
	SP_REPORT_END,
	SP_REPORT_PIECES,
};

extern const char *const sp_report_html[SP_REPORT_PIECES];

#endif
