package savepoint.restore;

import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.functions.ReduceFunction;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.co.KeyedBroadcastProcessFunction;
import org.apache.flink.streaming.api.functions.windowing.ProcessWindowFunction;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.Collector;
import savepoint.restore.Model.Customer;

import java.util.ArrayList;

/** Windows, operator state and broadcast state. What they give out they keep in state, where a dump can see it. */
final class OtherFunctions {
    private OtherFunctions() {}

    static final class Merge implements ReduceFunction<Record> {
        @Override
        public Record reduce(Record a, Record b) {
            return new Record(a.key, a.round + b.round + 1);
        }
    }

    /** Sums of keys, and how many. */
    static final class KeySum implements AggregateFunction<Record, Tuple2<Long, Integer>, Long> {
        private final KeyedFunctions.Mean mean = new KeyedFunctions.Mean();

        @Override
        public Tuple2<Long, Integer> createAccumulator() {
            return mean.createAccumulator();
        }

        @Override
        public Tuple2<Long, Integer> add(Record r, Tuple2<Long, Integer> a) {
            return mean.add(r.key, a);
        }

        @Override
        public Long getResult(Tuple2<Long, Integer> a) {
            return a.f0;
        }

        @Override
        public Tuple2<Long, Integer> merge(Tuple2<Long, Integer> a, Tuple2<Long, Integer> b) {
            return mean.merge(a, b);
        }
    }

    /** Keeps for each closed window how many elements it gave, in state of the key and, with lateness, of the window. */
    static final class Closed<I, K> extends ProcessWindowFunction<I, Void, K, TimeWindow> {
        private final boolean perWindow;

        /** perWindow: keep state in the window too, which merging windows do not allow. */
        Closed(boolean perWindow) {
            this.perWindow = perWindow;
        }

        @Override
        public void process(K key, Context c, Iterable<I> elements, Collector<Void> out) throws Exception {
            int n = 0;
            for (I e : elements)
                n += e instanceof Record ? 1000 + ((Record) e).round : 1;
            c.globalState().getMapState(new MapStateDescriptor<>("closed", Types.LONG, Types.INT)).put(c.window().getEnd(), n);
            if (perWindow) {
                ValueState<Integer> fired = c.windowState().getState(new ValueStateDescriptor<>("fired", Types.INT));
                fired.update(fired.value() == null ? 1 : fired.value() + 1);
            }
        }
    }

    /** Leaves the records of the newest round in flight, where Shared says so. */
    static final class Slow implements MapFunction<Record, Record> {
        @Override
        public Record map(Record r) throws InterruptedException {
            if (Shared.slow)
                Thread.sleep(50);
            return r;
        }
    }

    /** Operator state: a split list, a union list and an empty one. A record adds elements that depend on it alone. */
    static final class Offsets extends RichMapFunction<Record, Record> implements CheckpointedFunction {
        private transient ListState<String> split;
        private transient ListState<Tuple2<Long, Integer>> union;

        @Override
        public void initializeState(FunctionInitializationContext c) throws Exception {
            split = c.getOperatorStateStore().getListState(new ListStateDescriptor<>("seen", Types.STRING));
            union = c.getOperatorStateStore().getUnionListState(new ListStateDescriptor<>("cursors", Types.TUPLE(Types.LONG, Types.INT)));
            c.getOperatorStateStore().getListState(new ListStateDescriptor<>("none", Types.LONG));
            if (c.isRestored())
                keepOnce();
        }

        /** Every subtask is given the whole union list; one of them keeps it, or it would grow. */
        private void keepOnce() throws Exception {
            if (getRuntimeContext().getTaskInfo().getIndexOfThisSubtask() > 0)
                union.update(new ArrayList<>());
        }

        @Override
        public Record map(Record r) throws Exception {
            if (r.key % 7 == 0)
                split.add("seen " + r.key + " in " + r.round);
            if (r.key < 20)
                union.add(Tuple2.of(r.key, r.round));
            return r;
        }

        @Override
        public void snapshotState(FunctionSnapshotContext c) {}
    }

    static final MapStateDescriptor<String, Customer> RULES =
            new MapStateDescriptor<>("rules", Types.STRING, TypeInformation.of(Customer.class));
    static final MapStateDescriptor<Integer, Tuple2<Long, Integer>> LIMITS =
            new MapStateDescriptor<>("limits", Types.INT, Types.TUPLE(Types.LONG, Types.INT));

    /** Broadcast state beside keyed state. */
    static final class Rules extends KeyedBroadcastProcessFunction<Long, Record, Record, Void> {
        @Override
        public void processElement(Record r, ReadOnlyContext c, Collector<Void> out) throws Exception {
            ValueState<Integer> newest = getRuntimeContext().getState(new ValueStateDescriptor<>("newest", Types.INT));
            newest.update(r.round);
        }

        @Override
        public void processBroadcastElement(Record r, Context c, Collector<Void> out) throws Exception {
            c.getBroadcastState(RULES).put("rule " + r.key, Customer.of(r.key, r.round));
            c.getBroadcastState(LIMITS).put((int) r.key, Tuple2.of(r.key, r.round));
        }
    }
}
