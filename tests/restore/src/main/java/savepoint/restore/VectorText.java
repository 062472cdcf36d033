package savepoint.restore;

import org.apache.avro.generic.GenericEnumSymbol;
import org.apache.avro.generic.GenericFixed;
import org.apache.avro.generic.GenericRecord;
import org.apache.flink.api.java.tuple.Tuple;
import org.apache.flink.api.java.tuple.Tuple0;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.streaming.api.windowing.windows.GlobalWindow;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.MapData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.MapType;
import org.apache.flink.types.BooleanValue;
import org.apache.flink.types.ByteValue;
import org.apache.flink.types.CharValue;
import org.apache.flink.types.DoubleValue;
import org.apache.flink.types.Either;
import org.apache.flink.types.FloatValue;
import org.apache.flink.types.IntValue;
import org.apache.flink.types.LongValue;
import org.apache.flink.types.NullValue;
import org.apache.flink.types.Row;
import org.apache.flink.types.ShortValue;
import org.apache.flink.types.StringValue;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.Time;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.Date;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Values as text; the grammar is that of tests/vectors/text.c. */
final class VectorText {
    private VectorText() {}

    static String of(Object v) {
        if (v == null)
            return "null";
        if (v instanceof Boolean || v instanceof Byte || v instanceof Short || v instanceof Integer || v instanceof Long
                || v instanceof BigInteger || v instanceof BooleanValue || v instanceof ByteValue
                || v instanceof ShortValue || v instanceof IntValue || v instanceof LongValue)
            return v.toString();
        if (v instanceof Character)
            return "c:" + (int) (Character) v;
        if (v instanceof CharValue)
            return "c:" + (int) ((CharValue) v).getValue();
        if (v instanceof Float || v instanceof FloatValue)
            return String.format("f:%08x", Float.floatToIntBits(v instanceof Float ? (Float) v : ((FloatValue) v).getValue()));
        if (v instanceof Double || v instanceof DoubleValue)
            return String.format("d:%016x",
                Double.doubleToLongBits(v instanceof Double ? (Double) v : ((DoubleValue) v).getValue()));
        if (v instanceof String || v instanceof StringValue)
            return quoted(v.toString());
        if (v instanceof BigDecimal)
            return "D:" + ((BigDecimal) v).unscaledValue() + ":" + ((BigDecimal) v).scale();
        String time = time(v);
        return time != null ? time : flink(v);
    }

    private static String time(Object v) {
        if (v instanceof Timestamp)
            return "timestamp:" + ((Timestamp) v).getTime() + ":" + ((Timestamp) v).getNanos();
        if (v instanceof Time)
            return "sqltime:" + ((Date) v).getTime();
        if (v instanceof java.sql.Date)
            return "sqldate:" + ((Date) v).getTime();
        if (v instanceof Date)
            return "date:" + ((Date) v).getTime();
        if (v instanceof Instant)
            return "instant:" + ((Instant) v).getEpochSecond() + ":" + ((Instant) v).getNano();
        if (v instanceof LocalDate)
            return "localdate:" + date((LocalDate) v);
        if (v instanceof LocalTime)
            return "localtime:" + time((LocalTime) v);
        if (v instanceof LocalDateTime)
            return "localdatetime:" + date(((LocalDateTime) v).toLocalDate()) + ":" + time(((LocalDateTime) v).toLocalTime());
        return null;
    }

    private static String date(LocalDate d) {
        return d.getYear() + ":" + d.getMonthValue() + ":" + d.getDayOfMonth();
    }

    private static String time(LocalTime t) {
        return t.getHour() + ":" + t.getMinute() + ":" + t.getSecond() + ":" + t.getNano();
    }

    private static String flink(Object v) {
        if (v instanceof NullValue)
            return "nullvalue";
        if (v instanceof VoidNamespace)
            return "voidns";
        if (v instanceof Tuple0)
            return "tuple0";
        if (v instanceof GlobalWindow)
            return "globalwindow";
        if (v instanceof TimeWindow)
            return "timewindow:" + ((TimeWindow) v).getStart() + ":" + ((TimeWindow) v).getEnd();
        if (v instanceof Tuple)
            return list("T(", ((Tuple) v).getArity(), ((Tuple) v)::getField, ")");
        if (v instanceof Row)
            return list("R" + ((Row) v).getKind().toByteValue() + "(", ((Row) v).getArity(), ((Row) v)::getField, ")");
        if (v instanceof Either)
            return ((Either<?, ?>) v).isLeft() ? "L(" + of(((Either<?, ?>) v).left()) + ")"
                : "Rt(" + of(((Either<?, ?>) v).right()) + ")";
        if (v instanceof GenericRecord)
            return avro(v);
        return java(v);
    }

    private static String java(Object v) {
        if (v instanceof UUID)
            return "uuid:" + v.toString().replace("-", "");
        if (v instanceof Enum)
            return "E:" + ((Enum<?>) v).name();
        if (v instanceof byte[])
            return hex("x:", (byte[]) v);
        if (v.getClass().isArray())
            return list("[", Array.getLength(v), i -> Array.get(v, i), "]");
        if (v instanceof Set)
            return list("S(", (Collection<?>) v, ")");
        if (v instanceof Collection)
            return list("[", (Collection<?>) v, "]");
        if (v instanceof Map)
            return ((Map<?, ?>) v).entrySet().stream().map(e -> of(e.getKey()) + "=" + of(e.getValue()))
                .collect(Collectors.joining(",", "{", "}"));
        if (v instanceof Throwable)
            return "java:" + v.getClass().getName();
        return pojo(v);
    }

    private static String list(String start, int n, IntFunction<?> part, String end) {
        return IntStream.range(0, n).mapToObj(i -> of(part.apply(i))).collect(Collectors.joining(",", start, end));
    }

    private static String list(String start, Collection<?> parts, String end) {
        return parts.stream().map(VectorText::of).collect(Collectors.joining(",", start, end));
    }

    /** Public fields by name, as Flink sorts them. */
    private static String pojo(Object v) {
        String name = v.getClass().getName();
        return Arrays.stream(v.getClass().getFields()).sorted(Comparator.comparing(Field::getName)).map(f -> {
            try {
                return f.getName() + "=" + of(f.get(v));
            } catch (IllegalAccessException e) {
                throw new IllegalStateException(e);
            }
        }).collect(Collectors.joining(",", "P:" + name.substring(name.lastIndexOf('.') + 1) + "{", "}"));
    }

    static String avro(Object v) {
        if (v instanceof GenericRecord) {
            GenericRecord r = (GenericRecord) v;
            return r.getSchema().getFields().stream().map(f -> f.name() + "=" + avro(r.get(f.pos())))
                .collect(Collectors.joining(",", "A:" + r.getSchema().getName() + "{", "}"));
        }
        if (v instanceof CharSequence)
            return hex("s:", v.toString().getBytes(StandardCharsets.UTF_8));
        if (v instanceof GenericEnumSymbol)
            return "E:" + v;
        if (v instanceof GenericFixed)
            return hex("x:", ((GenericFixed) v).bytes());
        if (v instanceof ByteBuffer)
            return hex("x:", ((ByteBuffer) v).array());
        if (v instanceof Collection)
            return ((Collection<?>) v).stream().map(VectorText::avro).collect(Collectors.joining(",", "[", "]"));
        if (v instanceof Map)
            return ((Map<?, ?>) v).entrySet().stream().map(e -> avro(e.getKey()) + "=" + avro(e.getValue()))
                .collect(Collectors.joining(",", "{", "}"));
        return of(v);
    }

    static String row(RowData r, LogicalType[] types) {
        return IntStream.range(0, types.length)
            .mapToObj(i -> sql(RowData.createFieldGetter(types[i], i).getFieldOrNull(r), types[i]))
            .collect(Collectors.joining(",", "RD" + r.getRowKind().toByteValue() + "(", ")"));
    }

    private static String array(ArrayData a, LogicalType type) {
        return IntStream.range(0, a.size())
            .mapToObj(i -> sql(ArrayData.createElementGetter(type).getElementOrNull(a, i), type))
            .collect(Collectors.joining(",", "[", "]"));
    }

    static String sql(Object v, LogicalType type) {
        if (v instanceof StringData)
            return hex("s:", ((StringData) v).toBytes());
        if (v instanceof DecimalData)
            return of(((DecimalData) v).toBigDecimal());
        if (v instanceof TimestampData)
            return "timestampdata:" + ((TimestampData) v).getMillisecond() + ":" + ((TimestampData) v).getNanoOfMillisecond();
        if (v instanceof RowData)
            return row((RowData) v, type.getChildren().toArray(new LogicalType[0]));
        if (v instanceof ArrayData)
            return array((ArrayData) v, ((ArrayType) type).getElementType());
        if (v instanceof MapData) {
            MapType t = (MapType) type;
            ArrayData keys = ((MapData) v).keyArray(), values = ((MapData) v).valueArray();
            return IntStream.range(0, keys.size())
                .mapToObj(i -> sql(ArrayData.createElementGetter(t.getKeyType()).getElementOrNull(keys, i), t.getKeyType())
                    + "=" + sql(ArrayData.createElementGetter(t.getValueType()).getElementOrNull(values, i), t.getValueType()))
                .collect(Collectors.joining(",", "{", "}"));
        }
        return of(v);
    }

    private static String quoted(String s) {
        StringBuilder b = new StringBuilder("\"");
        for (char c : s.toCharArray())
            b.append(c < 0x20 || c > 0x7e || c == '"' || c == '\\' ? String.format("\\u%04x", (int) c) : String.valueOf(c));
        return b.append('"').toString();
    }

    static String hex(String prefix, byte[] bytes) {
        StringBuilder b = new StringBuilder(prefix);
        for (byte x : bytes)
            b.append(String.format("%02x", x));
        return b.toString();
    }
}
