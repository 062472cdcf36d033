"""What .ci/corpus and .ci/rescale have in common: the cases of the corpus, and real Flink as their judge."""
import collections
import concurrent.futures
import json
import os
import shutil
import subprocess
import sys
import tempfile

RELEASES = ["1.20.3", "2.2.0"]
OLDER = ["1.15.4", "1.18.1"]  # restored by RELEASES[0], as the fixtures are
BACKENDS = {"canonical": ["hashmap", "rocksdb"], "hashmap": ["hashmap"], "rocksdb": ["rocksdb"], "memory": ["hashmap"]}
FIXTURE_CLASSES = "1.20.0"

# A snapshot that Flink restores: what it is, of which backend, where, the dump it must have, options of `oracle dump`.
Restore = collections.namedtuple("Restore", "what backend snapshot expected options")


def state_lines(path):
    with open(path) as f:
        return sorted(line.rstrip("\n") for line in f if not line.startswith("#"))


class Judge:
    def __init__(self, arguments):
        """arguments: SAVEPOINT SHARED [WORK]"""
        self.savepoint, self.shared = os.path.abspath(arguments[0]), os.path.abspath(arguments[1])
        self.keep = len(arguments) > 2
        self.work = os.path.abspath(arguments[2]) if self.keep else tempfile.mkdtemp(prefix="savepoint-corpus.")
        os.makedirs(self.work, exist_ok=True)
        self.cache = os.path.join(os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache")), "savepoint-ci")
        self.results = collections.Counter()

    def report(self, good, what, why=""):
        self.results["passed" if good else "failed"] += 1
        if not good:
            print(f"not ok - {what}: {why}", flush=True)

    def run(self, *arguments):
        return subprocess.run([self.savepoint, *arguments], capture_output=True, text=True, timeout=300)

    def cases(self, folder):
        """Each case of a folder of the corpus, its snapshot, and its expected dump (None: nobody knows)."""
        directory = os.path.join(self.shared, "corpus", folder)
        with open(os.path.join(directory, "corpus.json")) as f:
            for case in json.load(f)["cases"]:
                home = directory if folder == "flink-fixtures" else os.path.join(directory, case["case"])
                yield case, os.path.join(home, case["path"]), os.path.join(home, case["expected"]) if case.get("expected") else None

    def check_refused(self, name, result, target, why, status=3):
        lines = [line for line in result.stderr.splitlines() if line.startswith("savepoint: error:")]
        self.report(result.returncode == status and len(lines) == 1 and why in lines[0] and not os.path.exists(target),
                    f"{name} is refused ({why})", f"status {result.returncode}: {result.stderr}")

    def check_verifies(self, name, target):
        checked = self.run("verify", target)
        self.report(checked.returncode == 0, f"{name} verifies", checked.stdout + checked.stderr)

    def oracle(self):
        """A copy of the judge that can be built in, since the one beside the checkout is read-only."""
        home = os.path.join(self.cache, "oracle")
        os.makedirs(self.cache, exist_ok=True)
        subprocess.run(["cp", "-ru", "--no-preserve=mode", os.path.join(self.shared, "oracle"), self.cache], check=True)
        os.chmod(os.path.join(home, "oracle"), 0o755)
        for release in RELEASES:  # builds, one after the other
            subprocess.run([os.path.join(home, "oracle"), "version"], env=dict(os.environ, FLINK=release), check=True, capture_output=True)
        return os.path.join(home, "oracle")

    def fixture_classes(self):
        """The jar with the classes of the fixtures' states."""
        subprocess.run(["mvn", "-q", "-B", "-Dstyle.color=never", "dependency:copy",
                        f"-Dartifact=org.apache.flink:flink-tests:{FIXTURE_CLASSES}:jar:tests", f"-DoutputDirectory={self.work}"], check=True)
        return os.path.join(self.work, f"flink-tests-{FIXTURE_CLASSES}-tests.jar")

    def batch(self, oracle, release, name, lines, classes=""):
        """Runs commands in real Flink; gives what it said."""
        script = os.path.join(self.work, f"{release}.{name}")
        with open(script, "w") as f:
            f.writelines(line + "\n" for line in lines)
        process = subprocess.run([oracle, "batch", script], env=dict(os.environ, FLINK=release, ORACLE_CP=classes),
                                 capture_output=True, text=True)
        said = process.stdout + process.stderr
        with open(script + ".out", "w") as f:
            f.write(said)
        return said

    def restore(self, oracle, release, wanted, classes=""):
        """Restores snapshots in real Flink and compares their state."""
        dumps = [f"{w.snapshot}.{w.backend}.{number}.txt" for number, w in enumerate(wanted)]
        said = self.batch(oracle, release, "dumps", [f"dump {w.snapshot} --quiet --backend {w.backend} {w.options} --out {dump}"
                                                     for w, dump in zip(wanted, dumps)], classes)
        for w, dump in zip(wanted, dumps):
            if not os.path.exists(dump):
                self.report(False, f"{w.what} restores on {w.backend} {w.options}", f"no dump; see {self.work}/{release}.dumps.out: {said[-300:]}")
                continue
            want, got = collections.Counter(state_lines(w.expected)), collections.Counter(state_lines(dump))
            missing, more = list((want - got).elements()), list((got - want).elements())
            self.report(want == got and len(want) > 0, f"{w.what} has the same state on {w.backend} {w.options}",
                        f"{len(missing)} lines missing, {len(more)} more: {missing[:2]} {more[:2]}")

    def finish(self, name, *rounds):
        """Each round is a function of a release. Two JVMs at a time are what a machine with two cores can feed."""
        with concurrent.futures.ThreadPoolExecutor(int(os.environ.get("CORPUS_JVMS", "2"))) as pool:
            for one in rounds:
                list(pool.map(one, RELEASES))
        print(f"{name}: {self.results['passed']} passed, {self.results['failed']} failed", flush=True)
        if not self.keep:
            shutil.rmtree(self.work)
        sys.exit(1 if self.results["failed"] else 0)
