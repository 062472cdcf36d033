package savepoint.restore;

import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.api.common.state.AggregatingState;
import org.apache.flink.api.common.state.AggregatingStateDescriptor;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ReducingState;
import org.apache.flink.api.common.state.ReducingStateDescriptor;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.api.java.typeutils.GenericTypeInfo;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.types.Either;
import org.apache.flink.types.Row;
import org.apache.flink.util.Collector;
import savepoint.restore.Model.Customer;
import savepoint.restore.Model.Device;
import savepoint.restore.Model.Level;
import savepoint.restore.Model.Parcel;
import savepoint.restore.Model.Shape;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;

/** The keyed operators: every kind of state, most of Flink's own types. What they hold depends on key and round only. */
final class KeyedFunctions {
    private KeyedFunctions() {}

    private static final TypeInformation<Tuple2<Long, Integer>> LONG_INT = Types.TUPLE(Types.LONG, Types.INT);

    /** The sum of numbers and how many they were; its result is their mean. */
    static final class Mean implements AggregateFunction<Long, Tuple2<Long, Integer>, Double> {
        @Override
        public Tuple2<Long, Integer> createAccumulator() {
            return Tuple2.of(0L, 0);
        }

        @Override
        public Tuple2<Long, Integer> add(Long v, Tuple2<Long, Integer> a) {
            return Tuple2.of(a.f0 + v, a.f1 + 1);
        }

        @Override
        public Double getResult(Tuple2<Long, Integer> a) {
            return (double) a.f0 / a.f1;
        }

        @Override
        public Tuple2<Long, Integer> merge(Tuple2<Long, Integer> a, Tuple2<Long, Integer> b) {
            return Tuple2.of(a.f0 + b.f0, a.f1 + b.f1);
        }
    }

    private static <S extends StateDescriptor<?, ?>> S expiring(Duration after, S descriptor) {
        descriptor.enableTimeToLive(StateTtlConfig.newBuilder(after).build());
        return descriptor;
    }

    private static void count(ValueState<Long> state) throws Exception {
        state.update(state.value() == null ? 1 : state.value() + 1);
    }

    /** By String: a few states of everyday kinds, and event-time timers of which some fire. */
    static class Orders extends KeyedProcessFunction<String, Record, Void> {
        private final boolean nullNumbers;
        private transient ValueState<Long> count;
        private transient ValueState<Customer> customer;
        private transient ListState<String> items;
        private transient MapState<String, Long> totals;
        private transient ValueState<Long> reminders;

        Orders(boolean nullNumbers) {
            this.nullNumbers = nullNumbers;
        }

        @Override
        public void open(OpenContext context) throws Exception {
            RuntimeContext c = getRuntimeContext();
            count = c.getState(new ValueStateDescriptor<>("count", Types.LONG));
            customer = c.getState(new ValueStateDescriptor<>("customer", TypeInformation.of(Customer.class)));
            items = c.getListState(new ListStateDescriptor<>("items", Types.STRING));
            totals = c.getMapState(new MapStateDescriptor<>("totals", Types.STRING, Types.LONG));
            reminders = c.getState(new ValueStateDescriptor<>("reminders", Types.LONG));
        }

        @Override
        public void processElement(Record r, Context c, Collector<Void> out) throws Exception {
            count(count);
            customer.update(Customer.of(r.key, r.round));
            if (r.key % 6 != 5)
                items.add("item, " + r.round);
            totals.put("month " + r.round, nullNumbers && r.key % 4 == 2 ? null : Shared.random(r.key, r.round, 3) % 1000);
            c.timerService().registerEventTimeTimer(c.timestamp() + Shared.MINUTE / 2);
        }

        @Override
        public void onTimer(long time, OnTimerContext c, Collector<Void> out) throws Exception {
            count(reminders);
        }
    }

    /** Orders, and the other kinds of state: tuples, reducing, aggregating, with time to live; processing-time timers. */
    static final class ManyOrders extends Orders {
        private final int noteLength;
        private transient ValueState<String> note;
        private transient ValueState<Tuple3<Integer, String, Double>> last;
        private transient ReducingState<Long> sum;
        private transient AggregatingState<Long, Double> mean;
        private transient ValueState<String> ttlValue;
        private transient ValueState<Long> ttlShort;
        private transient MapState<Integer, String> ttlMap;
        private transient ListState<Long> ttlList;
        private transient ValueState<Boolean> expired;

        ManyOrders(boolean nullNumbers, int noteLength) {
            super(nullNumbers);
            this.noteLength = noteLength;
        }

        @Override
        public void open(OpenContext context) throws Exception {
            super.open(context);
            RuntimeContext c = getRuntimeContext();
            Duration month = Duration.ofDays(30);
            note = c.getState(new ValueStateDescriptor<>("note", Types.STRING));
            last = c.getState(new ValueStateDescriptor<>("last", Types.TUPLE(Types.INT, Types.STRING, Types.DOUBLE)));
            sum = c.getReducingState(new ReducingStateDescriptor<>("sum", Long::sum, Types.LONG));
            mean = c.getAggregatingState(new AggregatingStateDescriptor<>("mean", new Mean(), LONG_INT));
            ttlValue = c.getState(expiring(month, new ValueStateDescriptor<>("ttl-value", Types.STRING)));
            ttlShort = c.getState(expiring(Duration.ofMinutes(10), new ValueStateDescriptor<>("ttl-short", Types.LONG)));
            ttlMap = c.getMapState(expiring(month, new MapStateDescriptor<>("ttl-map", Types.INT, Types.STRING)));
            ttlList = c.getListState(expiring(month, new ListStateDescriptor<>("ttl-list", Types.LONG)));
            expired = c.getState(new ValueStateDescriptor<>("expired", Types.BOOLEAN));
        }

        @Override
        public void processElement(Record r, Context c, Collector<Void> out) throws Exception {
            super.processElement(r, c, out);
            long x = Shared.random(r.key, r.round, 1);
            note.update("note " + Shared.text(noteLength, r.key, r.round, 2));
            last.update(Tuple3.of(r.round, "last\t" + r.key, x / 8.0));
            sum.add(x >> 8);
            mean.add(x >> 16);
            /* not for each record: so that after `resume` some are older than others */
            if (r.key % 4 == r.round % 4)
                ttlValue.update("t" + x);
            expired.update(r.round > 0 && ttlShort.value() == null);
            ttlShort.update(x);
            ttlMap.put(r.round, r.key % 3 == 0 ? null : "m" + r.key);
            if (r.round < 3 || r.key % 2 == 0)
                ttlList.add(x);
            c.timerService().registerProcessingTimeTimer(Shared.FAR + r.key);
        }
    }

    private static final class Column {
        final String name;
        final TypeInformation<?> type;
        final LongFunction<Object> of;

        <T> Column(String name, TypeInformation<? super T> type, LongFunction<T> of) {
            this.name = name;
            this.type = type;
            this.of = of::apply;
        }
    }

    private static final List<Column> COLUMNS = List.of(
            new Column("boolean", Types.BOOLEAN, x -> x % 2 == 0),
            new Column("byte", Types.BYTE, x -> (byte) x),
            new Column("short", Types.SHORT, x -> (short) x),
            new Column("int", Types.INT, x -> (int) x),
            new Column("long", Types.LONG, x -> x),
            new Column("float", Types.FLOAT, x -> x / 3f),
            new Column("double", Types.DOUBLE, x -> x / 3.0),
            new Column("char", Types.CHAR, x -> (char) (0x20 + (x & 0x3ff))),
            new Column("decimal", Types.BIG_DEC, x -> BigDecimal.valueOf(x, 5)),
            new Column("integer", Types.BIG_INT, x -> BigInteger.valueOf(x).pow(3)),
            new Column("instant", Types.INSTANT, x -> Instant.ofEpochSecond(x >>> 32, x & 0xffffff)),
            new Column("date-time", Types.LOCAL_DATE_TIME, x -> LocalDateTime.ofEpochSecond(x >>> 32, 5, ZoneOffset.UTC)),
            new Column("date", TypeInformation.of(Date.class), x -> new Date(x >>> 24)),
            new Column("enum", Types.ENUM(Level.class), x -> Level.values()[(int) Math.floorMod(x, 3L)]),
            new Column("bytes", TypeInformation.of(byte[].class), x -> Long.toString(x, 7).getBytes()),
            new Column("longs", TypeInformation.of(long[].class), x -> new long[] {x, -x}),
            new Column("strings", Types.OBJECT_ARRAY(Types.STRING), x -> new String[] {"a" + x, null, "\u00e9\u0000\ud83d\ude80"}),
            new Column("list", Types.LIST(Types.INT), x -> new ArrayList<>(Arrays.asList(1, (int) x))),
            new Column("map", Types.MAP(Types.STRING, Types.LONG), x -> Map.of("x", x)),
            new Column("either", Types.EITHER(Types.LONG, Types.STRING),
                    x -> x % 2 == 0 ? Either.<Long, String>Left(x) : Either.<Long, String>Right("r" + x)),
            new Column("row", Types.ROW(Types.LONG, Types.STRING), x -> Row.of(x, x % 3 == 0 ? null : "f" + x)),
            new Column("named-row", Types.ROW_NAMED(new String[] {"when", "what"}, Types.LOCAL_DATE, Types.SHORT),
                    x -> Row.of(x % 5 == 0 ? null : LocalDate.ofEpochDay(x >>> 48), (short) x)),
            new Column("timestamp", Types.SQL_TIMESTAMP, x -> new Timestamp(x >>> 24)),
            new Column("time", Types.LOCAL_TIME, x -> LocalTime.ofNanoOfDay(x >>> 20)),
            new Column("shape", TypeInformation.of(Shape.class), Shape::of));

    /** By Long, negative ones too: one value state of each type. */
    static final class Accounts extends KeyedProcessFunction<Long, Record, Void> {
        private transient List<ValueState<Object>> columns;

        @Override
        @SuppressWarnings("unchecked")
        public void open(OpenContext context) {
            columns = new ArrayList<>();
            for (Column c : COLUMNS)
                columns.add(getRuntimeContext().getState(new ValueStateDescriptor<>(c.name, (TypeInformation<Object>) c.type)));
        }

        @Override
        public void processElement(Record r, Context c, Collector<Void> out) throws Exception {
            for (int i = 0; i < COLUMNS.size(); i++)
                if ((r.key + i) % 4 != 0)
                    columns.get(i).update(COLUMNS.get(i).of.apply(Shared.random(r.key, r.round, 100 + i)));
        }
    }

    /** By a tuple. */
    static final class Routes extends KeyedProcessFunction<Tuple2<String, Integer>, Record, Void> {
        private transient MapState<Tuple2<Integer, String>, Tuple2<Long, Integer>> hops;
        private transient ListState<Tuple2<Long, Integer>> stops;

        @Override
        public void open(OpenContext context) {
            hops = getRuntimeContext().getMapState(new MapStateDescriptor<>("hops", Types.TUPLE(Types.INT, Types.STRING), LONG_INT));
            stops = getRuntimeContext().getListState(new ListStateDescriptor<>("stops", LONG_INT));
        }

        @Override
        public void processElement(Record r, Context c, Collector<Void> out) throws Exception {
            hops.put(Tuple2.of(r.round, "h" + r.key % 3), Tuple2.of(r.key, r.round));
            stops.add(Tuple2.of(Shared.random(r.key, r.round, 200), r.round));
            c.timerService().registerEventTimeTimer(Shared.START + 60 * Shared.MINUTE + r.key);
        }
    }

    /** By a POJO, which is a map key too. */
    static final class Devices extends KeyedProcessFunction<Device, Record, Void> {
        private transient ValueState<Long> count;
        private transient MapState<Device, Customer> owners;

        @Override
        public void open(OpenContext context) {
            count = getRuntimeContext().getState(new ValueStateDescriptor<>("count", Types.LONG));
            owners = getRuntimeContext().getMapState(
                    new MapStateDescriptor<>("owners", TypeInformation.of(Device.class), TypeInformation.of(Customer.class)));
        }

        @Override
        public void processElement(Record r, Context c, Collector<Void> out) throws Exception {
            count(count);
            owners.put(new Device(r.round, null), r.key % 5 == 0 ? null : Customer.of(r.key, r.round));
        }
    }

    /** With values of Java's own classes that Kryo writes. */
    static final class Bags extends KeyedProcessFunction<Long, Record, Void> {
        private transient ValueState<ArrayList> bag;
        private transient ListState<HashMap> tags;

        @Override
        public void open(OpenContext context) {
            bag = getRuntimeContext().getState(new ValueStateDescriptor<>("bag", new GenericTypeInfo<>(ArrayList.class)));
            tags = getRuntimeContext().getListState(new ListStateDescriptor<>("tags", new GenericTypeInfo<>(HashMap.class)));
        }

        @Override
        public void processElement(Record r, Context c, Collector<Void> out) throws Exception {
            long x = Shared.random(r.key, r.round, 79);
            List<Object> inner = new ArrayList<>(Arrays.asList((int) x, r.key % 3 == 0 ? null : "in " + x, x / 7.0));
            bag.update(new ArrayList<>(Arrays.asList(x, inner, BigDecimal.valueOf(x, 3), inner, new Date(x >>> 24), Level.GOLD.name())));
            tags.add(new HashMap<>(Map.of("key", r.key, "of", BigInteger.valueOf(x).pow(2))));
        }
    }

    /** With values of a class of the job that Kryo writes. */
    static final class Parcels extends KeyedProcessFunction<Long, Record, Void> {
        private transient ValueState<Parcel> parcel;
        private transient MapState<Integer, Parcel> sent;

        @Override
        public void open(OpenContext context) {
            parcel = getRuntimeContext().getState(new ValueStateDescriptor<>("parcel", TypeInformation.of(Parcel.class)));
            sent = getRuntimeContext().getMapState(new MapStateDescriptor<>("sent", Types.INT, TypeInformation.of(Parcel.class)));
        }

        @Override
        public void processElement(Record r, Context c, Collector<Void> out) throws Exception {
            parcel.update(new Parcel(r.key, r.round));
            sent.put(r.round, new Parcel(r.key, -r.round));
        }
    }

    /** For states of any size: each record stores ENTRIES entries of a map. */
    static final class Bench extends KeyedProcessFunction<Long, Record, Void> {
        static final int ENTRIES = 100;
        private final int valueBytes;
        private transient ValueState<Long> count;
        private transient MapState<Long, String> entries;

        Bench(int valueBytes) {
            this.valueBytes = valueBytes;
        }

        @Override
        public void open(OpenContext context) {
            count = getRuntimeContext().getState(new ValueStateDescriptor<>("count", Types.LONG));
            entries = getRuntimeContext().getMapState(new MapStateDescriptor<>("entries", Types.LONG, Types.STRING));
        }

        @Override
        public void processElement(Record r, Context c, Collector<Void> out) throws Exception {
            count(count);
            for (int i = 0; i < ENTRIES; i++)
                entries.put(r.key * ENTRIES + i, Shared.text(valueBytes, r.key, r.round, i));
        }
    }
}
