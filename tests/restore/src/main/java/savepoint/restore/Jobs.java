package savepoint.restore;

import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.streaming.api.datastream.BroadcastStream;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.KeyedStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.streaming.api.graph.StreamGraphHasherV2;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.apache.flink.streaming.api.windowing.assigners.EventTimeSessionWindows;
import org.apache.flink.streaming.api.windowing.assigners.SlidingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import savepoint.restore.Model.Device;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The jobs. --states few: orders and sessions. kryo: those and bags. parcels. many: all operators. keys: keys of all types. bench: one operator with state of any size. */
final class Jobs {
    private Jobs() {}

    private static final Duration MINUTE = Duration.ofMinutes(1);

    static JobGraph graph(StreamExecutionEnvironment env, Options o) {
        return streamGraph(env, o).getJobGraph();
    }

    private static StreamGraph streamGraph(StreamExecutionEnvironment env, Options o) {
        env.setMaxParallelism((int) o.number("max-parallelism", 128));
        /* Flink cannot write them to a canonical savepoint of the heap backend (NullPointerException) */
        boolean nullNumbers = o.flag("null-numbers");
        int valueBytes = (int) o.number("value-bytes", 16);
        boolean slow = o.flag("unaligned");
        switch (o.text("states", "many")) {
            case "few":
                few(source(env, o.number("keys", 100), slow), new KeyedFunctions.Orders(nullNumbers));
                break;
            case "kryo":
                kryo(source(env, o.number("keys", 100), slow));
                break;
            case "parcels":
                parcels(source(env, o.number("keys", 100), slow));
                break;
            case "many":
                many(source(env, o.number("keys", 100), slow), new KeyedFunctions.ManyOrders(nullNumbers, valueBytes));
                break;
            case "keys":
                keys(source(env, o.number("keys", 100), slow));
                break;
            case "bench":
                /* a row has some 20 bytes beside its value: key group, key, map key, lengths, null flag */
                long rows = o.number("total-bytes", 1 << 20) / (valueBytes + 20);
                bench(source(env, Math.max(rows / KeyedFunctions.Bench.ENTRIES, Shared.SPLITS), slow), valueBytes, o.flag("skew"));
                break;
            default:
                throw new Options.Usage("--states few|kryo|parcels|many|keys|bench");
        }
        return env.getStreamGraph();
    }

    private static DataStream<Record> source(StreamExecutionEnvironment env, long keys, boolean slow) {
        if (keys < Shared.SPLITS)
            throw new Options.Usage("too few keys");
        DataStream<Record> in = env.fromSource(new NumberSource(keys), WatermarkStrategy.noWatermarks(), "source").uid("source");
        return slow ? in.keyBy((KeySelector<Record, Long>) r -> r.key, Types.LONG).map(new OtherFunctions.Slow()).uid("slow") : in;
    }

    private static KeyedStream<Record, String> byName(DataStream<Record> in) {
        return in.keyBy((KeySelector<Record, String>) r -> name(r.key), Types.STRING);
    }

    /** Names of all sorts: empty, not Latin, beyond the basic plane, long. */
    private static String name(long key) {
        if (key == 0)
            return "";
        if (key == 7)
            return Shared.text(300, 7, 0, 0);
        return key % 5 == 1 ? "\u043a\u043b\u044e\u0447-" + key : key % 5 == 3 ? "\u65e5\u672c\ud83d\ude80" + key : "customer-" + key;
    }

    private static KeyedStream<Record, Long> byNumber(DataStream<Record> in) {
        return in.keyBy((KeySelector<Record, Long>) r -> r.key % 3 == 0 ? -r.key : r.key * 0x100000001L, Types.LONG);
    }

    private static KeyedStream<Record, Tuple2<String, Integer>> byPair(DataStream<Record> in) {
        return in.keyBy((KeySelector<Record, Tuple2<String, Integer>>) r -> Tuple2.of("area " + r.key / 7, (int) (r.key % 7)),
                Types.TUPLE(Types.STRING, Types.INT));
    }

    private static void few(DataStream<Record> in, KeyedFunctions.Orders orders) {
        byName(in).process(orders, Types.VOID).name("orders").uid("orders");
        /* each key is silent in every third round, longer than the gap: so that windows merge, and windows close */
        byName(in.filter(r -> r.key % 3 != r.round % 3).uid("not-silent"))
                .window(EventTimeSessionWindows.withGap(Duration.ofSeconds(90)))
                .reduce(new OtherFunctions.Merge(), new OtherFunctions.Closed<>(false), Types.VOID).name("sessions").uid("sessions");
    }

    private static void kryo(DataStream<Record> in) {
        few(in, new KeyedFunctions.Orders(false));
        byNumber(in).process(new KeyedFunctions.Bags(), Types.VOID).name("bags").uid("bags");
    }

    private static void parcels(DataStream<Record> in) {
        byNumber(in).process(new KeyedFunctions.Parcels(), Types.VOID).name("parcels").uid("parcels");
    }

    private static void many(DataStream<Record> in, KeyedFunctions.ManyOrders orders) {
        few(in, orders);
        byNumber(in).process(new KeyedFunctions.Accounts(), Types.VOID).name("accounts").uid("accounts");
        byPair(in).process(new KeyedFunctions.Routes(), Types.VOID).name("routes").uid("routes");
        devices(in);
        byNumber(in).window(TumblingEventTimeWindows.of(MINUTE)).allowedLateness(MINUTE.multipliedBy(2))
                .process(new OtherFunctions.Closed<>(true), Types.VOID).name("tumbling").uid("tumbling");
        byPair(in).window(SlidingEventTimeWindows.of(MINUTE.multipliedBy(3), MINUTE))
                .aggregate(new OtherFunctions.KeySum(), new OtherFunctions.Closed<>(false), Types.TUPLE(Types.LONG, Types.INT), Types.LONG, Types.VOID)
                .name("sliding").uid("sliding");
        others(in);
    }

    private static void devices(DataStream<Record> in) {
        in.keyBy((KeySelector<Record, Device>) r -> new Device(r.key, r.key % 4 == 0 ? null : "model " + r.key % 3), TypeInformation.of(Device.class))
                .process(new KeyedFunctions.Devices(), Types.VOID).name("devices").uid("devices");
    }

    /** Operator state of all sorts. */
    private static void others(DataStream<Record> in) {
        in.map(new OtherFunctions.Offsets()).name("offsets").uid("offsets");
        BroadcastStream<Record> few = in.filter(r -> r.key < 5).uid("few").broadcast(OtherFunctions.RULES, OtherFunctions.LIMITS);
        byNumber(in).connect(few).process(new OtherFunctions.Rules(), Types.VOID).name("rules").uid("rules");
    }

    /** An operator or two for each type of key, few states in each: what a change of the maximum has to move. */
    private static void keys(DataStream<Record> in) {
        few(in, new KeyedFunctions.Orders(false));
        byPair(in).process(new KeyedFunctions.Routes(), Types.VOID).name("routes").uid("routes");
        devices(in);
        KeyTypes.orders(in);
        KeyTypes.rows(in);
        KeyTypes.sqlRows(in);
        others(in);
    }

    /** skew: half of all rows belong to one key. */
    private static void bench(DataStream<Record> in, int valueBytes, boolean skew) {
        in.keyBy((KeySelector<Record, Long>) r -> skew && r.key % 2 == 1 ? 0 : r.key, Types.LONG)
                .process(new KeyedFunctions.Bench(valueBytes), Types.VOID).name("bench").uid("bench");
    }

    private static Map<String, String> labels;

    /** The uid of an operator of these jobs, else its id in hex. */
    static synchronized String label(String operatorId) {
        if (labels == null) {
            labels = new HashMap<>();
            for (String states : List.of("many", "kryo", "parcels", "keys", "bench")) {
                StreamGraph graph = streamGraph(StreamExecutionEnvironment.createLocalEnvironment(), new Options(List.of("--states", states)));
                Map<Integer, byte[]> ids = new StreamGraphHasherV2().traverseStreamGraphAndGenerateHashes(graph);
                for (StreamNode n : graph.getStreamNodes())
                    if (n.getTransformationUID() != null)
                        labels.put(new OperatorID(ids.get(n.getId())).toString(), n.getTransformationUID());
            }
        }
        return labels.getOrDefault(operatorId, operatorId);
    }
}
