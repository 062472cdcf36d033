#!/usr/bin/env python3
"""Makes report-html.c of report.html: its pieces between the marks <!--@name@-->.

The hash of the page's script stands for @script-hash@ in its policy, so that no other script runs.
usage: embed.py REPORT.HTML REPORT-HTML.C
"""
import base64
import hashlib
import re
import sys

MARKS = ["static", "page", "inspect", "verify"]


def array(text):
    data = text.encode() + b"\0"
    lines = (", ".join(str(byte - 256 if byte > 127 else byte) for byte in data[i:i + 20]) for i in range(0, len(data), 20))
    return ",\n\t".join(lines)


def main():
    page = open(sys.argv[1], encoding="utf-8").read()
    scripts = re.findall(r"<script>(.*?)</script>", page, re.S)
    if len(scripts) != 1 or page.count("@script-hash@") != 1:
        sys.exit("report.html: one script, and one place for its hash")
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    page = page.replace("@script-hash@", "sha256-" + digest)
    parts = re.split(r"<!--@(\w+)@-->", page)
    if parts[1::2] != MARKS:
        sys.exit(f"report.html: marks {parts[1::2]} and not {MARKS}")
    with open(sys.argv[2], "w", encoding="utf-8") as out:
        out.write('#include "report-html.h"\n')
        for i, piece in enumerate(parts[0::2]):
            out.write(f"\nstatic const char piece_{i}[] = {{\n\t{array(piece)}\n}};\n")
        names = ", ".join(f"piece_{i}" for i in range(len(MARKS) + 1))
        out.write(f"\nconst char *const sp_report_html[SP_REPORT_PIECES] = {{ {names} }};\n")


main()
