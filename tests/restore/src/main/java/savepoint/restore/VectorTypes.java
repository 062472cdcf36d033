package savepoint.restore;

import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.util.Utf8;
import org.apache.flink.api.common.typeinfo.BasicTypeInfo;
import org.apache.flink.api.common.typeinfo.LocalTimeTypeInfo;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.SqlTimeTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeHint;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.api.java.typeutils.EitherTypeInfo;
import org.apache.flink.api.java.typeutils.GenericTypeInfo;
import org.apache.flink.api.java.typeutils.ListTypeInfo;
import org.apache.flink.api.java.typeutils.MapTypeInfo;
import org.apache.flink.api.java.typeutils.ValueTypeInfo;
import org.apache.flink.api.java.typeutils.runtime.NullableSerializer;
import org.apache.flink.formats.avro.typeutils.GenericRecordAvroTypeInfo;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.windowing.windows.GlobalWindow;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericMapData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.runtime.typeutils.RowDataSerializer;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.BooleanType;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.MapType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.TimestampType;
import org.apache.flink.table.types.logical.VarBinaryType;
import org.apache.flink.table.types.logical.VarCharType;
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
import org.apache.flink.types.RowKind;
import org.apache.flink.types.ShortValue;
import org.apache.flink.types.StringValue;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.sql.Time;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Date;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.Vector;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntFunction;

/** The types of the vectors, each with values at the edges and seeded random ones. */
final class VectorTypes {
    private static final int RANDOM = 3;
    private static int field;

    private VectorTypes() {}

    /** Hashes as Objects.hash does. Other fields: one without a hash code, and one that Kryo writes in the middle. */
    public static class Sensor {
        public String city;
        public double[] marks;
        public Long number;
        public UUID tag;
        public List<String> words;

        @Override
        public int hashCode() {
            return Objects.hash(city, number, tag);
        }

        @Override
        public boolean equals(Object o) {
            return o instanceof Sensor && city.equals(((Sensor) o).city) && Objects.equals(number, ((Sensor) o).number);
        }
    }

    static void addAll(Vectors v) throws Exception {
        basic(v);
        time(v);
        flinkValues(v);
        arrays(v);
        composite(v);
        kryo(v);
        kryoCollections(v);
        kryoArrays(v);
        avro(v);
        sql(v);
    }

    private static long random(int i) {
        return Shared.random(i, 7, field++);
    }

    private static String text(int i) {
        String s = Shared.text((int) Math.floorMod(random(i), 80L), i, 7, field++);
        return i % 3 == 0 ? s : s + "\u00e9\u4e2d\ud83d\ude00".substring(0, i % 3 * 2) + (char) Math.floorMod(random(i), 0xd800L);
    }

    /** The values given, and random ones. */
    @SafeVarargs
    private static <T> List<T> values(IntFunction<T> random, T... edges) {
        List<T> list = new ArrayList<>(Arrays.asList(edges));
        for (int i = 0; i < RANDOM; i++)
            list.add(random.apply(i));
        return list;
    }

    private static void basic(Vectors v) throws Exception {
        v.add("Boolean", Vectors.serializer(Types.BOOLEAN), Arrays.asList(true, false));
        v.add("Byte", Vectors.serializer(Types.BYTE), values(i -> (byte) random(i), (byte) -128, (byte) 127));
        v.add("Short", Vectors.serializer(Types.SHORT), values(i -> (short) random(i), Short.MIN_VALUE, Short.MAX_VALUE));
        v.add("Integer", Vectors.serializer(Types.INT), values(i -> (int) random(i), Integer.MIN_VALUE, 0, Integer.MAX_VALUE));
        v.add("Long", Vectors.serializer(Types.LONG), values(VectorTypes::random, Long.MIN_VALUE, -1L, Long.MAX_VALUE));
        v.add("Float", Vectors.serializer(Types.FLOAT), values(i -> (float) random(i) / 3, Float.NaN, -0f, Float.NEGATIVE_INFINITY, Float.MIN_VALUE));
        v.add("Double", Vectors.serializer(Types.DOUBLE), values(i -> random(i) / 3.0, Double.NaN, -0.0, Double.POSITIVE_INFINITY, 0.1));
        v.add("Character", Vectors.serializer(Types.CHAR), values(i -> (char) random(i), '\0', '\uffff'));
        v.add("String", Vectors.serializer(Types.STRING), values(VectorTypes::text, "", "\0", "\ud800", "\udc00\ud800", "\u007f\u0080\u3fff\u4000\uffff"));
        v.add("BigInteger", Vectors.serializer(Types.BIG_INT), values(VectorTypes::big, BigInteger.ZERO, BigInteger.ONE, BigInteger.TEN,
            new BigInteger("1"), BigInteger.valueOf(-1), BigInteger.valueOf(128), BigInteger.ONE.shiftLeft(32).negate(), BigInteger.ONE.shiftLeft(96).negate()));
        v.add("BigDecimal", Vectors.serializer(Types.BIG_DEC), values(i -> new BigDecimal(big(i), (int) random(i) % 40), BigDecimal.ZERO, BigDecimal.TEN,
            new BigDecimal("1.00"), new BigDecimal("-1e9")));
        v.add("VoidNamespace", VoidNamespaceSerializer.INSTANCE, List.of(VoidNamespace.INSTANCE));
        v.add("TimeWindow", new TimeWindow.Serializer(), values(i -> new TimeWindow(random(i), random(i)), new TimeWindow(0, 60_000)));
        v.add("GlobalWindow", new GlobalWindow.Serializer(), List.of(GlobalWindow.get()));
        v.addUnhashed("Enum", Vectors.serializer(TypeInformation.of(Model.Level.class)), Arrays.asList(Model.Level.values()));
    }

    private static BigInteger big(int i) {
        return BigInteger.valueOf(random(i)).pow(i + 1);
    }

    private static void time(Vectors v) throws Exception {
        v.add("Date", Vectors.serializer(BasicTypeInfo.DATE_TYPE_INFO), values(i -> new Date(random(i)), new Date(0)));
        v.add("SqlDate", Vectors.serializer(SqlTimeTypeInfo.DATE), values(i -> new java.sql.Date(random(i)), new java.sql.Date(-1)));
        v.add("SqlTime", Vectors.serializer(SqlTimeTypeInfo.TIME), values(i -> new Time(random(i)), new Time(1)));
        v.add("SqlTimestamp", Vectors.serializer(SqlTimeTypeInfo.TIMESTAMP), values(VectorTypes::timestamp, new Timestamp(0)));
        v.add("Instant", Vectors.serializer(Types.INSTANT), values(i -> instant(i), Instant.EPOCH, Instant.MIN.plusNanos(1), Instant.MAX));
        v.add("LocalDate", Vectors.serializer(LocalTimeTypeInfo.LOCAL_DATE), values(i -> dateTime(i).toLocalDate(), LocalDate.MIN, LocalDate.MAX));
        v.add("LocalTime", Vectors.serializer(LocalTimeTypeInfo.LOCAL_TIME), values(i -> dateTime(i).toLocalTime(), LocalTime.MIN, LocalTime.MAX));
        v.add("LocalDateTime", Vectors.serializer(LocalTimeTypeInfo.LOCAL_DATE_TIME), values(VectorTypes::dateTime, LocalDateTime.MIN, LocalDateTime.MAX));
    }

    private static Timestamp timestamp(int i) {
        Timestamp t = new Timestamp(random(i) >> 24);
        t.setNanos((int) Math.floorMod(random(i), 1_000_000_000L));
        return t;
    }

    private static Instant instant(int i) {
        return Instant.ofEpochSecond(random(i) >> 28, Math.floorMod(random(i), 1_000_000_000L));
    }

    private static LocalDateTime dateTime(int i) {
        return LocalDateTime.of((int) (random(i) % 9999), 1 + i % 12, 1 + i * 7 % 28, i % 24, i * 13 % 60, i * 29 % 60, i * 333_333_333);
    }

    private static void flinkValues(Vectors v) throws Exception {
        v.add("IntValue", Vectors.serializer(ValueTypeInfo.INT_VALUE_TYPE_INFO), values(i -> new IntValue((int) random(i))));
        v.add("LongValue", Vectors.serializer(ValueTypeInfo.LONG_VALUE_TYPE_INFO), values(i -> new LongValue(random(i))));
        v.add("ShortValue", Vectors.serializer(ValueTypeInfo.SHORT_VALUE_TYPE_INFO), values(i -> new ShortValue((short) random(i))));
        v.add("ByteValue", Vectors.serializer(ValueTypeInfo.BYTE_VALUE_TYPE_INFO), values(i -> new ByteValue((byte) random(i))));
        v.add("BooleanValue", Vectors.serializer(ValueTypeInfo.BOOLEAN_VALUE_TYPE_INFO), List.of(new BooleanValue(true), new BooleanValue(false)));
        v.add("CharValue", Vectors.serializer(ValueTypeInfo.CHAR_VALUE_TYPE_INFO), values(i -> new CharValue((char) random(i))));
        v.add("FloatValue", Vectors.serializer(ValueTypeInfo.FLOAT_VALUE_TYPE_INFO), values(i -> new FloatValue(random(i) / 7f)));
        v.add("DoubleValue", Vectors.serializer(ValueTypeInfo.DOUBLE_VALUE_TYPE_INFO), values(i -> new DoubleValue(random(i) / 7.0)));
        v.add("StringValue", Vectors.serializer(ValueTypeInfo.STRING_VALUE_TYPE_INFO), values(i -> new StringValue(text(i)), new StringValue("")));
        v.add("NullValue", Vectors.serializer(ValueTypeInfo.NULL_VALUE_TYPE_INFO), List.of(NullValue.getInstance()));
    }

    private static void arrays(Vectors v) throws Exception {
        v.addUnhashed("boolean[]", Vectors.serializer(PrimitiveArrayTypeInfo.BOOLEAN_PRIMITIVE_ARRAY_TYPE_INFO), List.of(new boolean[] {true, false}));
        v.addUnhashed("byte[]", Vectors.serializer(PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO), List.of(new byte[0], new byte[] {-1, 0, 44}));
        v.addUnhashed("char[]", Vectors.serializer(PrimitiveArrayTypeInfo.CHAR_PRIMITIVE_ARRAY_TYPE_INFO), List.of(new char[] {'\0', '\uffff'}));
        v.addUnhashed("short[]", Vectors.serializer(PrimitiveArrayTypeInfo.SHORT_PRIMITIVE_ARRAY_TYPE_INFO), List.of(new short[] {-1, 256}));
        v.addUnhashed("int[]", Vectors.serializer(PrimitiveArrayTypeInfo.INT_PRIMITIVE_ARRAY_TYPE_INFO), List.of(new int[] {-1, 65536}));
        v.addUnhashed("long[]", Vectors.serializer(PrimitiveArrayTypeInfo.LONG_PRIMITIVE_ARRAY_TYPE_INFO), List.of(new long[] {random(0), Long.MIN_VALUE}));
        v.addUnhashed("float[]", Vectors.serializer(PrimitiveArrayTypeInfo.FLOAT_PRIMITIVE_ARRAY_TYPE_INFO), List.of(new float[] {0.5f, Float.NaN}));
        v.addUnhashed("double[]", Vectors.serializer(PrimitiveArrayTypeInfo.DOUBLE_PRIMITIVE_ARRAY_TYPE_INFO), List.of(new double[] {-0.5}));
        v.addUnhashed("String[]", Vectors.serializer(TypeInformation.of(String[].class)), Collections.singletonList(new String[] {"a", "", null, text(1)}));
        v.addUnhashed("Address[]", Vectors.serializer(Types.OBJECT_ARRAY(Types.POJO(Model.Address.class))), Collections.singletonList(new Model.Address[] {null}));
    }

    private static void composite(Vectors v) throws Exception {
        v.add("Tuple2<String, Long>", Vectors.serializer(Types.TUPLE(Types.STRING, Types.LONG)), values(i -> Tuple2.of(text(i), random(i))));
        v.add("Tuple3<Integer, Tuple2<Boolean, Character>, Double>",
            Vectors.serializer(TypeInformation.of(new TypeHint<Tuple3<Integer, Tuple2<Boolean, Character>, Double>>() {})),
            values(i -> Tuple3.of((int) random(i), Tuple2.of(i == 1, (char) random(i)), random(i) / 9.0)));
        v.add("List<String>", Vectors.serializer(new ListTypeInfo<>(Types.STRING)), values(i -> List.of(text(i), text(i + 1)), List.of()));
        v.add("Map<String, Long>", Vectors.serializer(new MapTypeInfo<>(Types.STRING, Types.LONG)), values(i -> sorted(i), Map.of()));
        v.add("Either<String, Integer>", Vectors.serializer(new EitherTypeInfo<>(Types.STRING, Types.INT)),
            List.of(Either.Left(text(2)), Either.Right((int) random(2))));
        v.add("Nullable<Long>", NullableSerializer.wrap(Vectors.serializer(Types.LONG), true), List.of(random(0), random(1)));
        v.add("Row", Vectors.serializer(Types.ROW(Types.STRING, Types.LONG, Types.PRIMITIVE_ARRAY(Types.INT), Types.LIST(Types.STRING), Types.ROW(Types.INT))),
            values(VectorTypes::row, Row.of(null, null, null, null, null)));
        v.add("Sensor", Vectors.serializer(Types.POJO(Sensor.class)), values(VectorTypes::sensor));
        v.pojoHash("Sensor", 1, "city", "number", "tag");
    }

    private static Map<String, Long> sorted(int i) {
        return new TreeMap<>(Map.of(text(i), random(i), "x" + i, random(i)));
    }

    private static Row row(int i) {
        return Row.ofKind(RowKind.values()[i], text(i), i == 1 ? null : random(i), new int[] {i, -i}, Arrays.asList(text(i), "b"), Row.of(i));
    }

    private static Sensor sensor(int i) {
        Sensor s = new Sensor();
        s.city = text(i);
        s.marks = new double[] {i, 0.5};
        s.number = i == 0 ? null : random(i);
        s.tag = uuid(i);
        s.words = new ArrayList<>(List.of("a", text(i)));
        return s;
    }

    private static UUID uuid(int i) {
        return new UUID(random(i), random(i));
    }

    /** Kryo knows no more of the type than that it is an object. */
    private static void kryo(Vectors v, String name, boolean hashed, Object... values) throws Exception {
        v.add("Kryo " + name, Vectors.serializer(new GenericTypeInfo<>(Object.class)), Arrays.asList(values), VectorText::of, hashed);
    }

    private static void kryo(Vectors v) throws Exception {
        v.add("Kryo type UUID", Vectors.serializer(new GenericTypeInfo<>(UUID.class)), values(VectorTypes::uuid, new UUID(0, -1)));
        v.add("Kryo type HashMap", Vectors.serializer(new GenericTypeInfo<>(HashMap.class)), List.of(new HashMap<>(sorted(1))));
        kryo(v, "numbers", true, 0, -1, Integer.MIN_VALUE, 5L, Long.MIN_VALUE, (short) -2, (byte) -3, 'x', true, 0.5f, Double.NaN);
        kryo(v, "String", true, "", "a", "ab", "0123456789012345678901234567890a", "0123456789012345678901234567890ab",
            "x".repeat(63), "x".repeat(64), "x".repeat(300), "\0", "\u0080\u07ff\u0800\ud83d\ude00\ud800", text(1), text(2));
        kryo(v, "UUID", true, uuid(1), uuid(2));
        kryo(v, "big numbers", true, BigInteger.ZERO, BigInteger.TEN, big(2).negate(), BigDecimal.ZERO, BigDecimal.ONE, new BigDecimal("12.30"),
            new BigDecimal(big(2), -7));
        kryo(v, "dates", true, new Date(random(1)), new Date(0), new java.sql.Date(random(2)), new Time(5), timestamp(1), timestamp(2));
        kryo(v, "java.time", true, LocalDate.of(2024, 2, 29), LocalDate.of(-5, 1, 1), LocalTime.MIDNIGHT, LocalTime.of(5, 0), LocalTime.of(5, 6),
            LocalTime.of(5, 6, 7), LocalTime.MAX, LocalDateTime.of(2024, 2, 29, 1, 2), instant(1), Instant.ofEpochSecond(-1));
        kryo(v, "Throwable", false, plain(new IllegalStateException("no")), Arrays.asList("before", plain(new RuntimeException()), "behind"));
    }

    /** Without a stack, which would change with every line of this file. */
    private static Throwable plain(Throwable t) {
        t.setStackTrace(new StackTraceElement[0]);
        return t;
    }

    private static List<Object> shared() {
        List<String> inner = new ArrayList<>(List.of("a", "b"));
        String text = new String("twice");
        return new ArrayList<>(List.of(inner, text, inner, text, new ArrayList<>(List.of(inner))));
    }

    private static <C extends Collection<Object>> C fill(C c, Object... values) {
        Collections.addAll(c, values);
        return c;
    }

    private static void kryoCollections(Vectors v) throws Exception {
        kryo(v, "lists", true, new ArrayList<>(), fill(new ArrayList<>(), 1, "b", 2L, null, 0.5), fill(new ArrayList<>(), 1, 2, null, 3),
            fill(new ArrayList<>(), "a", "b"), fill(new ArrayList<>(), null, null), fill(new LinkedList<>(), "a", null, "b"),
            fill(new Vector<>(), uuid(1), uuid(2)), Arrays.asList(1, "a"), Arrays.asList("a", "b"), Collections.emptyList(),
            Collections.singletonList("x"), longList(70), longList(200));
        kryo(v, "shared", true, shared());
        kryo(v, "sets", true, new HashSet<>(), fill(new HashSet<>(), "a", 1), fill(new LinkedHashSet<>(), "b", "a"), fill(new TreeSet<>(), 3, 1, 2),
            new TreeSet<>(), descending(), Collections.emptySet(), Collections.singleton(7L));
        kryo(v, "queues", false, fill(new ArrayDeque<>(), "a", 1), fill(new PriorityQueue<>(), 2, 1));
        Map<Object, Object> nested = new LinkedHashMap<>();
        nested.put("list", fill(new ArrayList<>(), 1, fill(new ArrayList<>(), "deep")));
        nested.put(2, new HashMap<>(Map.of("k", new TreeMap<>(Map.of(1L, "v")))));
        nested.put("null", null);
        kryo(v, "maps", true, new HashMap<>(), new HashMap<>(sorted(1)), new TreeMap<>(sorted(2)), new ConcurrentHashMap<>(sorted(0)), nested,
            Collections.emptyMap(), Collections.singletonMap("k", 1));
    }

    private static List<Object> longList(int n) {
        List<Object> list = new ArrayList<>();
        for (int i = 0; i < n; i++)
            list.add(n > 100 ? null : (Object) i);
        return list;
    }

    private static TreeSet<Object> descending() {
        TreeSet<Object> set = new TreeSet<>(Collections.reverseOrder());
        Collections.addAll(set, "a", "b", "c");
        return set;
    }

    private static void kryoArrays(Vectors v) throws Exception {
        kryo(v, "arrays", false, new boolean[] {true, false}, new byte[] {1, -1}, new char[] {'a', '\uffff'}, new short[] {-1, 256}, new int[] {-1, 70000},
            new int[0], new long[] {Long.MIN_VALUE, 1}, new float[] {0.5f}, new double[] {0.1, Double.NaN}, new String[] {"a", null, "bc"},
            new Object[] {1, "a", null, new int[] {1}}, new Integer[] {1, null, 3}, new UUID[] {uuid(1), null}, new int[][] {{1}, null, {}},
            new Object[][] {{"a"}, {}}, new BigDecimal[] {BigDecimal.TEN, null}, new List<?>[] {new ArrayList<>(List.of(1)), null});
    }

    private static void avro(Vectors v) throws Exception {
        Schema schema = new Schema.Parser().parse("{\"type\": \"record\", \"name\": \"Order\", \"namespace\": \"my.shop\", \"fields\": ["
            + "{\"name\": \"text\", \"type\": \"string\"}, {\"name\": \"i\", \"type\": \"int\"}, {\"name\": \"l\", \"type\": \"long\"},"
            + "{\"name\": \"f\", \"type\": \"float\"}, {\"name\": \"d\", \"type\": \"double\"}, {\"name\": \"b\", \"type\": \"boolean\"},"
            + "{\"name\": \"ignored\", \"type\": \"int\", \"order\": \"ignore\"},"
            + "{\"name\": \"union\", \"type\": [\"null\", \"long\", \"string\", \"Order\"]},"
            + "{\"name\": \"e\", \"type\": {\"type\": \"enum\", \"name\": \"Level\", \"symbols\": [\"LOW\", \"HIGH\"]}},"
            + "{\"name\": \"level\", \"type\": \"Level\"},"
            + "{\"name\": \"bytes\", \"type\": \"bytes\"}, {\"name\": \"fixed\", \"type\": {\"type\": \"fixed\", \"name\": \"other.Fixed\", \"size\": 3}},"
            + "{\"name\": \"array\", \"type\": {\"type\": \"array\", \"items\": [\"null\", \"int\"]}}, {\"name\": \"nothing\", \"type\": \"null\"}]}");
        v.add("Avro", Vectors.serializer(new GenericRecordAvroTypeInfo(schema)), values(i -> order(schema, i)), VectorText::avro, true);
        Schema map = new Schema.Parser().parse("{\"type\": \"record\", \"name\": \"WithMap\", \"fields\": [{\"name\": \"map\", \"type\": {\"type\": \"map\","
            + "\"values\": {\"type\": \"array\", \"items\": \"long\"}}}]}");
        GenericRecord record = new GenericData.Record(map);
        record.put("map", new TreeMap<>(Map.of(new Utf8("a"), List.of(1L, 2L), new Utf8("\u00e9"), List.of())));
        v.add("Avro map", Vectors.serializer(new GenericRecordAvroTypeInfo(map)), List.of(record), VectorText::avro, false);
    }

    private static GenericRecord order(Schema schema, int i) {
        GenericRecord r = new GenericData.Record(schema);
        r.put("text", new Utf8(text(i).replaceAll("[\ud800-\udfff]", "?")));
        r.put("i", (int) random(i));
        r.put("l", random(i));
        r.put("f", random(i) / 3f);
        r.put("d", random(i) / 3.0);
        r.put("b", i == 1);
        r.put("ignored", i);
        r.put("union", i == 0 ? null : i == 1 ? (Object) random(i) : order(schema, 1));
        r.put("e", new GenericData.EnumSymbol(schema.getField("e").schema(), i == 1 ? "HIGH" : "LOW"));
        r.put("level", new GenericData.EnumSymbol(schema.getField("e").schema(), "HIGH"));
        r.put("bytes", ByteBuffer.wrap(new byte[] {(byte) i, -1, 5}));
        r.put("fixed", new GenericData.Fixed(schema.getField("fixed").schema(), new byte[] {1, 2, (byte) -i}));
        List<Integer> array = new ArrayList<>();
        for (int j = 0; j < i * 100; j++)
            array.add(j % 7 == 0 ? null : j);
        r.put("array", array);
        return r;
    }

    private static void sql(Vectors v) throws Exception {
        LogicalType row = RowType.of(new LogicalType[] {new IntType(), new VarCharType(9)}, new String[] {"a", "b"});
        LogicalType[] types = {new IntType(), new VarCharType(99), new DecimalType(10, 2), new DecimalType(30, 5), new TimestampType(3),
            new TimestampType(9), new BooleanType(), new VarBinaryType(9), new ArrayType(new BigIntType()), new MapType(new VarCharType(9), new IntType()), row};
        RowDataSerializer serializer = new RowDataSerializer(types);
        v.add("RowData", serializer, values(i -> (RowData) serializer.toBinaryRow(rowData(i)).copy()), r -> VectorText.row(r, types), true);
    }

    private static GenericRowData rowData(int i) {
        GenericRowData r = GenericRowData.ofKind(RowKind.values()[i], (int) random(i), StringData.fromString(i == 2 ? "short" : text(3 * i)),
            DecimalData.fromUnscaledLong(random(i) % 1000, 10, 2), DecimalData.fromBigDecimal(new BigDecimal("-1234567890123456789012.5"), 30, 5),
            TimestampData.fromEpochMillis(random(i) >> 30), TimestampData.fromEpochMillis(random(i) >> 30, 999_999), i == 1,
            new byte[] {1, 2, -1}, new GenericArrayData(new Object[] {random(i), null}),
            new GenericMapData(Map.of(StringData.fromString("k"), i)), GenericRowData.of(i, StringData.fromString("in")));
        for (int column = 0; i == 1 && column < r.getArity(); column += 2)
            r.setField(column, null);
        return r;
    }
}
