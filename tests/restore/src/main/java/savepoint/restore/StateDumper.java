package savepoint.restore;

import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.common.functions.ReduceFunction;
import org.apache.flink.api.common.state.AggregatingStateDescriptor;
import org.apache.flink.api.common.state.AppendingState;
import org.apache.flink.api.common.state.BroadcastState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ReducingStateDescriptor;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.ListSerializer;
import org.apache.flink.api.common.typeutils.base.MapSerializer;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.core.io.PostVersionedIOReadableWritable;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.runtime.state.CheckpointableKeyedStateBackend;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.KeyGroupedInternalPriorityQueue;
import org.apache.flink.runtime.state.OperatorStateBackend;
import org.apache.flink.runtime.state.OperatorStateHandle;
import org.apache.flink.runtime.state.PartitionableListState;
import org.apache.flink.runtime.state.internal.InternalKvState;
import org.apache.flink.runtime.state.metainfo.StateMetaInfoSnapshot.CommonOptionsKeys;
import org.apache.flink.runtime.state.metainfo.StateMetaInfoSnapshot.CommonSerializerKeys;
import org.apache.flink.runtime.state.metainfo.StateMetaInfoSnapshot;
import org.apache.flink.streaming.api.operators.InternalTimer;
import org.apache.flink.streaming.api.operators.InternalTimersSnapshot;
import org.apache.flink.streaming.api.operators.InternalTimersSnapshotReaderWriters;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Reads all that a freshly restored backend holds, through the backend's own interfaces. */
@SuppressWarnings({"unchecked", "rawtypes"})
final class StateDumper {
    private StateDumper() {}

    static void keyed(Dump.Part out, CheckpointableKeyedStateBackend backend, Snapshot.Keyed keyed, int maxParallelism) throws Exception {
        for (StateMetaInfoSnapshot s : keyed.states()) {
            TypeSerializer value = keyed.serializer(s, CommonSerializerKeys.VALUE_SERIALIZER);
            if (s.getBackendStateType() == StateMetaInfoSnapshot.BackendStateType.PRIORITY_QUEUE)
                timers(out, s.getName(), backend, backend.create(s.getName(), value), maxParallelism);
            else
                state(out, backend, s, keyed.serializer(s, CommonSerializerKeys.NAMESPACE_SERIALIZER), value, maxParallelism);
        }
    }

    private static void timers(Dump.Part out, String name, CheckpointableKeyedStateBackend<?> backend, KeyGroupedInternalPriorityQueue queue,
            int maxParallelism) {
        for (int group : backend.getKeyGroupRange())
            for (InternalTimer t : (Set<InternalTimer>) queue.getSubsetForKeyGroup(group))
                timer(out, name, t, group, maxParallelism);
    }

    /** A timer in a key group that is not its key's fires once too often, or never. */
    private static void timer(Dump.Part out, String queue, InternalTimer t, int group, int maxParallelism) {
        int own = KeyGroupRangeAssignment.assignToKeyGroup(t.getKey(), maxParallelism);
        if (own != group)
            throw new IllegalStateException("timer of key " + Text.of(t.getKey()) + " of key group " + own + " found in " + group);
        out.line('T', queue, "TIMER", Text.of(t.getKey()), Text.of(t.getNamespace()), "", Text.of(t.getTimestamp()));
    }

    private static void state(Dump.Part out, CheckpointableKeyedStateBackend backend, StateMetaInfoSnapshot s, TypeSerializer namespaceSerializer,
            TypeSerializer valueSerializer, int maxParallelism) throws Exception {
        String type = s.getOption(CommonOptionsKeys.KEYED_STATE_TYPE);
        Object state = backend.getOrCreateKeyedState(namespaceSerializer, descriptor(s.getName(), type, valueSerializer));
        try (Stream<Tuple2> keys = backend.getKeysAndNamespaces(s.getName())) {
            for (Iterator<Tuple2> i = keys.iterator(); i.hasNext();) {
                Tuple2 at = i.next();
                inRange(backend, at.f0, maxParallelism);
                backend.setCurrentKey(at.f0);
                ((InternalKvState) state).setCurrentNamespace(at.f1);
                String key = Text.of(at.f0), namespace = Text.of(at.f1);
                if (type.equals("MAP"))
                    for (Map.Entry e : (Iterable<Map.Entry>) ((MapState) state).entries())
                        out.line('K', s.getName(), type, key, namespace, Text.of(e.getKey()), Text.of(e.getValue()));
                else
                    out.line('K', s.getName(), type, key, namespace, "", value(state));
            }
        }
    }

    /** A key in a key group that is not its own is lost to the job, though it can be seen here. */
    private static void inRange(CheckpointableKeyedStateBackend backend, Object key, int maxParallelism) {
        int group = KeyGroupRangeAssignment.assignToKeyGroup(key, maxParallelism);
        if (!backend.getKeyGroupRange().contains(group))
            throw new IllegalStateException("key " + Text.of(key) + " of key group " + group + " found in " + backend.getKeyGroupRange());
    }

    private static String value(Object state) throws Exception {
        Object v = state instanceof ValueState ? ((ValueState) state).value() : ((AppendingState) state).get();
        if (v == null)
            return "MISSING"; /* the key is listed, but get() does not find it */
        if (v instanceof Iterable && state instanceof org.apache.flink.api.common.state.ListState) {
            List<Object> elements = new ArrayList<>();
            ((Iterable<?>) v).forEach(elements::add);
            return Text.of(elements);
        }
        return Text.of(v);
    }

    private static StateDescriptor descriptor(String name, String type, TypeSerializer s) {
        switch (type) {
            case "LIST":
                return new ListStateDescriptor(name, ((ListSerializer) s).getElementSerializer());
            case "MAP":
                return new MapStateDescriptor(name, ((MapSerializer) s).getKeySerializer(), ((MapSerializer) s).getValueSerializer());
            case "REDUCING":
                return new ReducingStateDescriptor(name, (ReduceFunction) (a, b) -> b, s);
            case "AGGREGATING":
                return new AggregatingStateDescriptor(name, new Accumulator(), s);
            default:
                return new ValueStateDescriptor(name, s);
        }
    }

    /** Its result is the accumulator itself. */
    private static final class Accumulator implements AggregateFunction<Object, Object, Object> {
        @Override
        public Object createAccumulator() {
            return null;
        }

        @Override
        public Object add(Object value, Object accumulator) {
            return accumulator;
        }

        @Override
        public Object getResult(Object accumulator) {
            return accumulator;
        }

        @Override
        public Object merge(Object a, Object b) {
            return a;
        }
    }

    static void operator(Dump.Part out, OperatorStateBackend backend) throws Exception {
        Map<String, PartitionableListState<?>> lists = (Map) field(backend, "registeredOperatorStates");
        for (Map.Entry<String, PartitionableListState<?>> e : lists.entrySet()) {
            boolean union = e.getValue().getStateMetaInfo().getAssignmentMode() == OperatorStateHandle.Mode.UNION;
            Map<String, Integer> times = new TreeMap<>();
            for (Object o : e.getValue().get())
                if (union)
                    times.merge(Text.of(o), 1, Integer::sum);
                else
                    out.line('L', e.getKey(), "SPLIT", "", "", "", Text.of(o));
            times.forEach((text, n) -> out.lineOnce('U', e.getKey(), "UNION", "", text + " x" + n));
        }
        Map<String, BroadcastState> broadcasts = (Map) field(backend, "registeredBroadcastStates");
        for (Map.Entry<String, BroadcastState> b : broadcasts.entrySet())
            for (Map.Entry e : (Iterable<Map.Entry>) b.getValue().immutableEntries())
                out.lineOnce('B', b.getKey(), "BROADCAST", Text.of(e.getKey()), Text.of(e.getValue()));
    }

    /** The backend has what it restored in its tables; no interface gives it without the descriptors of the job. */
    private static Object field(Object o, String name) throws Exception {
        Field f = o.getClass().getDeclaredField(name);
        f.setAccessible(true);
        return f.get(o);
    }

    /** Timers on the heap beside a RocksDB backend: Flink's checkpoints hold them as raw keyed state. */
    static void rawTimers(Dump.Part out, InputStream in, int group, int maxParallelism) throws IOException {
        new RawTimers(out, group, maxParallelism).read(in);
    }

    private static final class RawTimers extends PostVersionedIOReadableWritable {
        private final Dump.Part out;
        private final int group;
        private final int maxParallelism;

        RawTimers(Dump.Part out, int group, int maxParallelism) {
            this.out = out;
            this.group = group;
            this.maxParallelism = maxParallelism;
        }

        @Override
        public int getVersion() {
            return 2;
        }

        @Override
        public int[] getCompatibleVersions() {
            return new int[] {2, 1};
        }

        @Override
        protected void read(DataInputView in, boolean versioned) throws IOException {
            int version = versioned ? getReadVersion() : InternalTimersSnapshotReaderWriters.NO_VERSION;
            for (int services = in.readInt(); services > 0; services--) {
                String name = in.readUTF();
                InternalTimersSnapshot<?, ?> s = InternalTimersSnapshotReaderWriters
                        .getReaderForVersion(version, StateDumper.class.getClassLoader()).readTimersSnapshot(in);
                s.getEventTimeTimers().forEach(t -> timer(out, "_timer_state/event_" + name, t, group, maxParallelism));
                s.getProcessingTimeTimers().forEach(t -> timer(out, "_timer_state/processing_" + name, t, group, maxParallelism));
            }
        }
    }
}
