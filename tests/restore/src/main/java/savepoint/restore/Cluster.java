package savepoint.restore;

import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.executiongraph.AccessExecutionGraph;
import org.apache.flink.runtime.executiongraph.AccessExecutionVertex;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.runtime.rpc.RpcSystem;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.Reference;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A Flink cluster in this JVM that runs one job. */
final class Cluster implements AutoCloseable {
    /** Loading it takes longer than most jobs here: one for all clusters. */
    private static final RpcSystem RPC = RpcSystem.load();

    private final Path scratch = Files.createTempDirectory("restore-");
    private final Configuration configuration;
    private MiniCluster cluster;
    private JobID job;

    /** dir: where checkpoints go, or null: then they are lost with this object. */
    Cluster(Options o, Path dir) throws IOException {
        Configuration c = configuration = new Configuration();
        c.setString("state.backend.type", ClockBackend.Factory.class.getName());
        c.setString(ClockBackend.REAL, o.text("backend", "hashmap"));
        c.setString("state.backend.rocksdb.timer-service.factory", o.text("timers", "rocksdb").toUpperCase(Locale.ROOT));
        c.setString("state.backend.rocksdb.memory.fixed-per-slot", o.text("rocksdb-memory", "64mb"));
        if (!o.flag("unregistered"))
            c.setString("pipeline.serialization-config", Model.REGISTERED);
        c.setString("restart-strategy.type", "none");
        c.setString("rest.bind-port", "0");
        c.setString("rest.port", "0");
        c.setString("io.tmp.dirs", scratch.toString());
        c.setString("taskmanager.memory.network.min", "128m");
        c.setString("taskmanager.memory.network.max", "128m");
        if (o.number("parallelism", 2) > 16) /* channels are many, records few */
            c.setString("taskmanager.memory.segment-size", "4kb");
        c.setString("execution.checkpointing.interval", "1000 d");
        c.setString("execution.checkpointing.timeout", "1 h");
        c.setString("pekko.ask.timeout", "1 h");
        c.setString("heartbeat.timeout", "3600000");
        c.setString("execution.checkpointing.externalized-checkpoint-retention", "RETAIN_ON_CANCELLATION");
        c.setString("execution.checkpointing.data-inline-threshold", o.text("inline-threshold", "20kb"));
        c.setString("execution.checkpointing.incremental", String.valueOf(o.flag("incremental")));
        c.setString("execution.checkpointing.snapshot-compression", String.valueOf(o.flag("compress")));
        c.setString("execution.checkpointing.file-merging.enabled", String.valueOf(o.flag("file-merging")));
        c.setString("execution.checkpointing.unaligned.enabled", String.valueOf(o.flag("unaligned")));
        for (String option : o.text("conf", "").split(",", 0))
            if (!option.isEmpty())
                c.setString(option.substring(0, option.indexOf('=')), option.substring(option.indexOf('=') + 1));
        c.setString(ClockBackend.CHANGELOG, String.valueOf(o.flag("changelog")));
        c.setString("state.changelog.storage", "filesystem");
        c.setString("state.changelog.periodic-materialize.interval", o.text("materialize", "1000d"));
        c.setString("state.changelog.dstl.dfs.base-path", (dir != null ? dir : scratch.resolve("changelog")).toUri().toString());
        c.setString("execution.checkpointing.dir", (dir != null ? dir : scratch.resolve("checkpoints")).toUri().toString());
    }

    StreamExecutionEnvironment environment(int parallelism) {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(configuration);
        env.configure(configuration, Cluster.class.getClassLoader());
        env.setParallelism(parallelism);
        return env;
    }

    /** Submits the job and waits until all of its tasks run, that is, have restored their state. */
    void start(JobGraph graph, int slots) throws Exception {
        open(slots);
        submit(graph);
    }

    void open(int slots) throws Exception {
        cluster = new MiniCluster(new MiniClusterConfiguration.Builder().setConfiguration(configuration)
                .setNumTaskManagers(1).setNumSlotsPerTaskManager(slots).build(), () -> Reference.borrowed(RPC));
        cluster.start();
    }

    void submit(JobGraph graph) throws Exception {
        job = graph.getJobID();
        cluster.submitJob(graph).get();
        while (!isRunning())
            Thread.sleep(10);
    }

    private boolean isRunning() throws Exception {
        AccessExecutionGraph g = cluster.getExecutionGraph(job).get();
        if (g.getState() == JobStatus.INITIALIZING || g.getState() == JobStatus.CREATED)
            return false;
        if (g.getState() != JobStatus.RUNNING)
            throw new IllegalStateException("the job is " + g.getState() + ": "
                    + (g.getFailureInfo() == null ? "" : causes(g.getFailureInfo().getExceptionAsString())));
        for (AccessExecutionVertex v : g.getAllExecutionVertices())
            if (v.getExecutionState() != ExecutionState.RUNNING)
                return false;
        return true;
    }

    private static String causes(String trace) {
        return Stream.of(trace.split("\n")).filter(l -> !l.startsWith("\t")).collect(Collectors.joining("\n"));
    }

    /** Lets the source emit that many rounds and waits until it has. */
    void emit(int rounds, int readers) throws Exception {
        Shared.rounds = rounds;
        for (int i = 0; i < readers; i++)
            for (int spins = 1; !Shared.done.contains(rounds + ":" + i); spins++) {
                Thread.sleep(2);
                if (spins % 100 == 0 && !isRunning())
                    throw new IllegalStateException("the job does not run any more");
            }
    }

    String savepoint(Path parent, String format) throws Exception {
        try {
            String at = cluster.stopWithSavepoint(job, parent.toUri().toString(), false,
                    SavepointFormatType.valueOf(format.toUpperCase(Locale.ROOT))).get();
            cluster.requestJobResult(job).get();
            return at;
        } catch (ExecutionException e) {
            isRunning(); /* says why the job failed, where that is the cause */
            throw e;
        }
    }

    String checkpoint() throws Exception {
        return cluster.triggerCheckpoint(job).get();
    }

    void cancel() throws Exception {
        cluster.cancelJob(job).get();
        cluster.requestJobResult(job).get();
    }

    @Override
    public void close() throws Exception {
        if (cluster != null)
            cluster.close();
        delete(scratch);
    }

    static void delete(Path tree) throws IOException {
        List<Path> all;
        try (Stream<Path> s = Files.walk(tree)) {
            all = s.sorted(Comparator.reverseOrder()).collect(Collectors.toList());
        }
        for (Path p : all)
            Files.deleteIfExists(p);
    }
}
