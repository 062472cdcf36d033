package savepoint.restore;

import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.KeyedStream;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.table.runtime.typeutils.RowDataSerializer;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.VarCharType;
import org.apache.flink.types.Row;
import org.apache.flink.util.Collector;
import savepoint.restore.Model.Order;

import java.time.Duration;

/** Keys of further types, and an operator for keys of any type. */
final class KeyTypes {
    private KeyTypes() {}

    private static final InternalTypeInfo<RowData> SQL_ROW = InternalTypeInfo.ofFields(new BigIntType(), new VarCharType());

    /** A key of SQL is a row in its binary form, with its hash code. Tasks share the type, but no serializer. */
    private static RowData sqlRow(Record r) {
        RowDataSerializer serializer = (RowDataSerializer) SQL_ROW.toRowSerializer().duplicate();
        return serializer.toBinaryRow(GenericRowData.of(r.key % 5 == 2 ? null : r.key, StringData.fromString("line " + r.key)));
    }

    private static Row row(Record r) {
        return Row.of(r.key, r.key % 4 == 1 ? null : "row " + r.key % 9, (int) r.key / 3);
    }

    private static Order order(Record r) {
        return new Order("shop " + r.key % 11, (int) r.key, r.key % 3 == 0 ? null : r.key * r.key);
    }

    private static <K> void visits(KeyedStream<Record, K> in, String uid) {
        in.process(new Visits<>(), Types.VOID).name(uid).uid(uid);
    }

    static void orders(DataStream<Record> in) {
        visits(in.keyBy((KeySelector<Record, Order>) KeyTypes::order, TypeInformation.of(Order.class)), "by-order");
    }

    static void rows(DataStream<Record> in) {
        KeyedStream<Record, Row> rows = in.keyBy((KeySelector<Record, Row>) KeyTypes::row, Types.ROW(Types.LONG, Types.STRING, Types.INT));
        visits(rows, "by-row");
        rows.window(TumblingEventTimeWindows.of(Duration.ofMinutes(1))).allowedLateness(Duration.ofMinutes(2))
                .process(new OtherFunctions.Closed<>(true), Types.VOID).name("row-windows").uid("row-windows");
    }

    static void sqlRows(DataStream<Record> in) {
        visits(in.keyBy((KeySelector<Record, RowData>) KeyTypes::sqlRow, SQL_ROW), "by-sql-row");
    }

    /** State and timers of each sort, of which some fire, whatever the key is. */
    static final class Visits<K> extends KeyedProcessFunction<K, Record, Void> {
        private transient ValueState<Long> fired;
        private transient MapState<Integer, String> rounds;
        private transient ListState<Long> all;

        @Override
        public void open(OpenContext context) {
            fired = getRuntimeContext().getState(new ValueStateDescriptor<>("fired", Types.LONG));
            rounds = getRuntimeContext().getMapState(new MapStateDescriptor<>("rounds", Types.INT, Types.STRING));
            all = getRuntimeContext().getListState(new ListStateDescriptor<>("all", Types.LONG));
        }

        @Override
        public void processElement(Record r, Context c, Collector<Void> out) throws Exception {
            rounds.put(r.round, "visit " + Shared.random(r.key, r.round, 300) % 1000);
            all.add(Shared.random(r.key, r.round, 301));
            c.timerService().registerEventTimeTimer(c.timestamp() + Shared.MINUTE / 2);
            c.timerService().registerProcessingTimeTimer(Shared.FAR + r.key);
        }

        @Override
        public void onTimer(long time, OnTimerContext c, Collector<Void> out) throws Exception {
            fired.update(fired.value() == null ? 1 : fired.value() + 1);
        }
    }
}
