#!/usr/bin/env python3
"""Runs cases of the command line: NAME.cmd (bash) must give NAME.stdout, NAME.stderr, NAME.exit.

In a case $SAVEPOINT is the program, $DATA the directory tests/data, $SOURCE the source tree; the
working directory and $TMP (also $TMPDIR) are empty and its own. Their paths stand in the expected
files by these names, and times taken as N. What a case leaves in $TMP counts as printed.
`run.py --renew DIRECTORY [NAME…]` writes the expected files anew. Output is TAP.
"""
import argparse
import difflib
import os
import pathlib
import re
import subprocess
import sys
import tempfile

# What differs from run to run.
VARYING = ((rb"(\nSeconds: +)[0-9.]+", rb"\1N"), (rb'("seconds":\t)[0-9.]+', rb"\1N"))
KINDS = ("stdout", "stderr", "exit")


def run(case, env, source):
    with tempfile.TemporaryDirectory() as scratch, tempfile.TemporaryDirectory() as tmp:
        scratch, tmp = os.path.realpath(scratch), os.path.realpath(tmp)
        done = subprocess.run(["bash", str(case)], cwd=scratch,
                              env={**env, "TMP": tmp, "TMPDIR": tmp},
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
        names = ((env["SAVEPOINT"], "$SAVEPOINT"), (env["DATA"], "$DATA"),
                 (scratch, "$PWD"), (tmp, "$TMP"), (str(source), "$SOURCE"))
        result = {"stdout": done.stdout, "stderr": done.stderr,
                  "exit": b"%d\n" % done.returncode}
        for name in sorted(os.listdir(tmp)):
            result["stdout"] += b"left in $TMP: %s\n" % name.encode()
        for kind in KINDS:
            for path, name in names:
                result[kind] = result[kind].replace(path.encode(), name.encode())
            for pattern, to in VARYING:
                result[kind] = re.sub(pattern, to, result[kind])
        return result


def differences(case, result):
    for kind in KINDS:
        file = case.with_suffix("." + kind)
        want = file.read_bytes() if file.exists() else b""
        if want != result[kind]:
            yield from difflib.unified_diff(
                want.decode(errors="replace").splitlines(),
                result[kind].decode(errors="replace").splitlines(),
                "wanted " + file.name, "got", lineterm="")


def renew(case, result):
    for kind in KINDS:
        file = case.with_suffix("." + kind)
        if result[kind]:
            file.write_bytes(result[kind])
        else:
            file.unlink(missing_ok=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--renew", action="store_true")
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    source = pathlib.Path(__file__).resolve().parent.parent.parent
    env = {"PATH": os.environ["PATH"], "LC_ALL": "C", "HOME": "/nonexistent",
           "SAVEPOINT": str(pathlib.Path(os.environ["SAVEPOINT"]).resolve()),
           "DATA": str(source / "tests" / "data"), "SOURCE": str(source)}
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS"):
        if name in os.environ:
            env[name] = os.environ[name]
    cases = sorted(args.directory.resolve().glob("*.cmd"))
    if args.names:
        cases = [case for case in cases if case.stem in args.names]
    print("1..%d" % len(cases))
    failed = 0
    for number, case in enumerate(cases, 1):
        result = run(case, env, source)
        if args.renew:
            renew(case, result)
        found = list(differences(case, result))
        failed += bool(found)
        print("%s %d - %s" % ("not ok" if found else "ok", number, case.stem))
        for line in found[:60]:
            print("# " + line)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
