package savepoint.restore;

import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.SavepointRestoreSettings;
import org.apache.flink.runtime.state.CheckpointableKeyedStateBackend;
import org.apache.flink.runtime.state.KeyGroupStatePartitionStreamProvider;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StatePartitionStreamProvider;
import org.apache.flink.runtime.state.StreamStateHandle;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

import java.io.InputStream;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A job made from a snapshot's metadata alone: one operator for each operator of the snapshot, with its id, its max
 * parallelism and its key serializer. Flink's JobManager distributes the state, its TaskManagers restore it with the real
 * backend, and each operator then writes out all that it was given. So it dumps the snapshot of any job whose types are
 * on the class path.
 */
final class DumpJob {
    private DumpJob() {}

    static volatile Dump dump;
    private static final Map<String, Snapshot.Keyed> KEYED = new ConcurrentHashMap<>();

    /**
     * types: the snapshot that tells the types of the states, the same one or another of the same job. maxParallelism: of
     * the job, 0: that of the snapshot.
     */
    static JobGraph graph(StreamExecutionEnvironment env, Snapshot snapshot, Snapshot types, int parallelism, int maxParallelism)
            throws Exception {
        KEYED.clear();
        env.disableOperatorChaining();
        DataStream<Record> nothing = env.fromSource(new NumberSource(0), WatermarkStrategy.noWatermarks(), "nothing").setParallelism(1);
        Map<Integer, TypeSerializer<?>> keySerializers = new HashMap<>();
        for (OperatorState operator : snapshot.metadata.getOperatorStates()) {
            refuseChannelState(operator);
            coordinator(operator);
            String id = operator.getOperatorID().toString();
            int max = maxParallelism > 0 ? maxParallelism : operator.getMaxParallelism();
            SingleOutputStreamOperator<Record> out = nothing.rebalance()
                    .transform("dump " + id, TypeInformation.of(Record.class), new DumpOperator(id))
                    .setUidHash(id).setParallelism(Math.min(parallelism, max)).setMaxParallelism(max);
            Snapshot.Keyed keyed = types.keyed(operator.getOperatorID());
            if (keyed != null) {
                KEYED.put(id, keyed);
                keySerializers.put(out.getId(), keyed.keySerializer());
            }
        }
        StreamGraph graph = env.getStreamGraph();
        for (StreamNode node : graph.getStreamNodes())
            if (keySerializers.containsKey(node.getId())) {
                node.setStateKeySerializer(keySerializers.get(node.getId()));
                node.setStatePartitioners((KeySelector<Object, Object>) o -> o);
            }
        JobGraph job = graph.getJobGraph();
        job.setSavepointRestoreSettings(SavepointRestoreSettings.forPath(snapshot.uri(), false));
        return job;
    }

    /** Records in channels can only be given to the topology that they came from. */
    private static void refuseChannelState(OperatorState operator) {
        for (OperatorSubtaskState s : operator.getStates())
            if (!s.getInputChannelState().isEmpty() || !s.getResultSubpartitionState().isEmpty())
                throw new IllegalStateException("operator " + operator.getOperatorID() + " has channel state");
    }

    /** No backend holds the state of an operator's coordinator: it stands in the metadata. */
    private static void coordinator(OperatorState operator) throws Exception {
        StreamStateHandle state = operator.getCoordinatorState();
        if (state == null)
            return;
        try (InputStream in = state.openInputStream()) {
            dump.part(Jobs.label(operator.getOperatorID().toString()))
                    .lineOnce('C', "coordinator", "COORDINATOR", "", Text.hex(in.readAllBytes()));
        }
    }

    private static final class DumpOperator extends AbstractStreamOperator<Record> implements OneInputStreamOperator<Record, Record> {
        private final String id;

        DumpOperator(String id) {
            this.id = id;
        }

        /** Or Flink would take raw keyed state for its own timers, and keep them for itself. */
        @Override
        protected boolean isUsingCustomRawKeyedState() {
            return true;
        }

        @Override
        public void initializeState(StateInitializationContext context) throws Exception {
            super.initializeState(context);
            Dump.Part out = dump.part(Jobs.label(id));
            Snapshot.Keyed keyed = KEYED.get(id);
            int max = getRuntimeContext().getTaskInfo().getMaxNumberOfParallelSubtasks();
            if (keyed != null)
                StateDumper.keyed(out, (CheckpointableKeyedStateBackend<?>) getKeyedStateBackend(), keyed, max);
            StateDumper.operator(out, getOperatorStateBackend());
            for (StatePartitionStreamProvider p : context.getRawOperatorStateInputs())
                try (InputStream in = p.getStream()) {
                    out.line('O', "raw", "RAW", "", "", "", Text.hex(in.readAllBytes()));
                }
            if (keyed != null)
                for (KeyGroupStatePartitionStreamProvider p : context.getRawKeyedStateInputs())
                    try (InputStream in = p.getStream()) {
                        StateDumper.rawTimers(out, in, p.getKeyGroupId(), max);
                    }
            out.complete();
        }

        @Override
        public void processElement(StreamRecord<Record> record) {}
    }
}
