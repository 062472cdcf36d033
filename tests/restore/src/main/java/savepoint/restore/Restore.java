package savepoint.restore;

import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.SavepointRestoreSettings;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** The commands; see README.md. Exit status: 0 good, 1 the dumps differ, 2 wrong usage, 3 Flink refused or failed. */
public final class Restore {
    private Restore() {}

    public static void main(String[] args) throws IOException {
        int status = 0;
        if (args.length == 2 && args[0].equals("batch")) {
            for (String line : Files.readAllLines(Path.of(args[1]))) {
                if (line.isBlank() || line.startsWith("#"))
                    continue;
                long start = System.nanoTime();
                int one = command(List.of(line.trim().split("\\s+")));
                System.out.printf("rc=%d %s (%.1f s)%n", one, line.trim(), (System.nanoTime() - start) / 1e9);
                status = Math.max(status, one);
            }
        } else {
            status = command(List.of(args));
        }
        System.out.flush();
        Runtime.getRuntime().halt(status); /* Flink leaves threads behind */
    }

    private static int command(List<String> args) {
        try {
            if (args.isEmpty())
                throw new Options.Usage("batch FILE | generate | dump | resume | start | drop-key-group | lay-out | vectors | compare");
            Shared.reset();
            return run(args.get(0), new Options(args.subList(1, args.size())));
        } catch (Options.Usage e) {
            System.out.println("restore: " + e.getMessage());
            return 2;
        } catch (Throwable e) {
            for (Throwable t = e; t != null; t = t.getCause())
                System.out.println("restore: " + t);
            if (System.getenv("RESTORE_TRACE") != null)
                e.printStackTrace(System.out);
            return 3;
        }
    }

    private static int run(String command, Options o) throws Exception {
        switch (command) {
            case "generate":
                return generate(o);
            case "dump":
                return dump(o);
            case "resume":
                return resume(o);
            case "start":
                return start(o);
            case "drop-key-group":
                System.out.println(Snapshot.read(o.word(0, "SNAPSHOT")).copyWithoutOneKeyGroup(Path.of(o.need("out"))));
                return 0;
            case "lay-out":
                Snapshot.read(o.word(0, "SNAPSHOT")).layOut(Path.of(o.need("out")));
                return 0;
            case "vectors":
                Vectors.write(Path.of(o.need("out")));
                return 0;
            case "compare":
                return compare(Path.of(o.word(0, "A")), Path.of(o.word(1, "B")));
            default:
                throw new Options.Usage("no such command: " + command);
        }
    }

    private static int generate(Options o) throws Exception {
        int parallelism = (int) o.number("parallelism", 2);
        int rounds = (int) o.number("rounds", 3);
        boolean checkpoint = o.text("format", "canonical").equals("checkpoint");
        Path out = Path.of(o.need("out")).toAbsolutePath();
        Shared.misplaced = o.flag("misplaced");
        Files.createDirectories(checkpoint ? out : out.getParent());
        try (Cluster cluster = new Cluster(o, checkpoint ? out : null)) {
            cluster.start(Jobs.graph(cluster.environment(parallelism), o), parallelism);
            /* a checkpoint after each round, so that incremental ones share files with those before them */
            for (int r = 1; checkpoint && r < rounds; r++) {
                cluster.emit(r, parallelism);
                String at = cluster.checkpoint();
                /* so that the changes of the last round alone may stay in the log */
                while (o.flag("materialize") && !Snapshot.read(Path.of(URI.create(at)).toString()).isMaterialized()) {
                    Thread.sleep(100);
                    at = cluster.checkpoint();
                }
            }
            Shared.slow = o.flag("unaligned");
            cluster.emit(rounds, parallelism);
            take(cluster, o.text("format", "canonical"), out);
        }
        return 0;
    }

    /** A savepoint becomes out itself; a checkpoint stays at out/JOB/chk-N, since its references are absolute. */
    private static void take(Cluster cluster, String format, Path out) throws Exception {
        String at;
        if (format.equals("checkpoint")) {
            at = cluster.checkpoint();
            cluster.cancel();
        } else {
            at = cluster.savepoint(out.getParent(), format);
            Files.move(Path.of(URI.create(at)), out);
            at = out.toUri().toString();
        }
        System.out.println(Path.of(URI.create(at)));
    }

    private static int dump(Options o) throws Exception {
        Snapshot snapshot = Snapshot.read(o.word(0, "SNAPSHOT"));
        Snapshot types = o.flag("types") ? Snapshot.read(o.need("types")) : snapshot;
        int parallelism = (int) o.number("parallelism", 2);
        int maxParallelism = (int) o.number("max-parallelism", 0);
        if (o.flag("exact"))
            snapshot.checkFor(parallelism, maxParallelism);
        Dump dump = DumpJob.dump = new Dump(o.flag("digest"));
        try (Cluster cluster = new Cluster(o, null)) {
            StreamExecutionEnvironment env = cluster.environment(parallelism);
            cluster.start(DumpJob.graph(env, snapshot, types, parallelism, maxParallelism), parallelism);
            cluster.cancel();
        }
        if (dump.write(Path.of(o.need("out"))) == 0)
            throw new IllegalStateException("the snapshot has no state at all");
        return 0;
    }

    /** The job goes on from the snapshot with --more rounds, one hour later by the clock of TTL state. */
    private static int resume(Options o) throws Exception {
        Snapshot snapshot = Snapshot.read(o.word(0, "SNAPSHOT"));
        int parallelism = (int) o.number("parallelism", 2);
        int rounds = (int) (o.number("rounds", 3) + o.number("more", 1));
        Path out = Path.of(o.need("out")).toAbsolutePath();
        Shared.clock = Shared.CLOCK + Duration.ofHours(1).toMillis();
        try (Cluster cluster = new Cluster(o, null)) {
            JobGraph graph = Jobs.graph(cluster.environment(parallelism), o);
            graph.setSavepointRestoreSettings(SavepointRestoreSettings.forPath(snapshot.uri(), false));
            cluster.start(graph, parallelism);
            cluster.emit(rounds, parallelism);
            take(cluster, o.text("format", "canonical"), out);
        }
        return 0;
    }

    /** Prints the seconds from the submission of the job until all of its tasks run. The cluster runs before. */
    private static int start(Options o) throws Exception {
        Snapshot snapshot = Snapshot.read(o.word(0, "SNAPSHOT"));
        int parallelism = (int) o.number("parallelism", 2);
        try (Cluster cluster = new Cluster(o, null)) {
            JobGraph graph = Jobs.graph(cluster.environment(parallelism), o);
            graph.setSavepointRestoreSettings(SavepointRestoreSettings.forPath(snapshot.uri(), false));
            cluster.open(parallelism);
            long start = System.nanoTime();
            cluster.submit(graph);
            System.out.printf("running after %.3f s%n", (System.nanoTime() - start) / 1e9);
            cluster.cancel();
        }
        return 0;
    }

    /** Both are sorted. Prints the first lines that one of them lacks. */
    private static int compare(Path a, Path b) throws IOException {
        int differ = 0, same = 0;
        try (BufferedReader left = Files.newBufferedReader(a); BufferedReader right = Files.newBufferedReader(b)) {
            String x = next(left), y = next(right);
            while (x != null || y != null) {
                int order = x == null ? 1 : y == null ? -1 : x.compareTo(y);
                if (order == 0)
                    same++;
                else if (differ++ < 10)
                    System.out.println(order < 0 ? "- " + x : "+ " + y);
                if (order <= 0)
                    x = next(left);
                if (order >= 0)
                    y = next(right);
            }
        }
        System.out.println(same + " lines are the same, " + differ + " differ");
        return differ == 0 && same > 0 ? 0 : 1;
    }

    private static String next(BufferedReader r) throws IOException {
        String line = r.readLine();
        while (line != null && line.startsWith("#"))
            line = r.readLine();
        return line;
    }
}
