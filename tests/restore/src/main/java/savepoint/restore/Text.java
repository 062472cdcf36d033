package savepoint.restore;

import org.apache.flink.api.java.tuple.Tuple;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.ttl.TtlValue;
import org.apache.flink.streaming.api.windowing.windows.GlobalWindow;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.table.data.binary.BinaryRowData;
import org.apache.flink.table.data.binary.BinarySegmentUtils;
import org.apache.flink.types.Either;
import org.apache.flink.types.Row;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A value as one line of text: the same text for equal content, whichever backend held it. */
final class Text {
    private Text() {}

    private static final Map<Class<?>, String> SUFFIX = Map.of(Integer.class, "", Boolean.class, "", Long.class, "L",
            Short.class, "s", Byte.class, "b", Double.class, "d", Float.class, "f");

    static String of(Object v) {
        if (v == null)
            return "null";
        if (v instanceof String)
            return '"' + escape((String) v) + '"';
        String suffix = SUFFIX.get(v.getClass());
        if (suffix != null)
            return v + suffix;
        if (v instanceof Character)
            return "char:" + (int) (Character) v;
        if (v instanceof byte[])
            return hex((byte[]) v);
        if (v.getClass().isArray())
            return "[" + join(IntStream.range(0, Array.getLength(v)).mapToObj(i -> of(Array.get(v, i)))) + "]";
        if (v instanceof Set)
            return "{" + join(((Set<?>) v).stream().map(Text::of).sorted()) + "}";
        if (v instanceof Collection)
            return "[" + join(((Collection<?>) v).stream().map(Text::of)) + "]";
        if (v instanceof Map)
            return "{" + join(((Map<?, ?>) v).entrySet().stream().map(e -> of(e.getKey()) + ": " + of(e.getValue())).sorted()) + "}";
        if (v instanceof Enum)
            return ((Enum<?>) v).getDeclaringClass().getSimpleName() + "." + ((Enum<?>) v).name();
        return v.getClass().getName().startsWith("java.") ? java(v) : flink(v);
    }

    private static String java(Object v) {
        String s = v instanceof java.util.Date ? String.valueOf(((java.util.Date) v).getTime()) : v.toString();
        return v.getClass().getSimpleName() + ":" + escape(s);
    }

    private static String flink(Object v) {
        if (v instanceof VoidNamespace)
            return "-";
        if (v instanceof TimeWindow)
            return "window[" + ((TimeWindow) v).getStart() + "," + ((TimeWindow) v).getEnd() + ")";
        if (v instanceof GlobalWindow)
            return "global-window";
        if (v instanceof TtlValue)
            return "ttl(" + ((TtlValue<?>) v).getLastAccessTimestamp() + ", " + of(((TtlValue<?>) v).getUserValue()) + ")";
        if (v instanceof Tuple)
            return "(" + join(IntStream.range(0, ((Tuple) v).getArity()).mapToObj(i -> of(((Tuple) v).getField(i)))) + ")";
        if (v instanceof Either)
            return ((Either<?, ?>) v).isLeft() ? "left(" + of(((Either<?, ?>) v).left()) + ")" : "right(" + of(((Either<?, ?>) v).right()) + ")";
        if (v instanceof Row)
            return row((Row) v);
        if (v instanceof BinaryRowData)
            return "sql-row:" + hex(sqlRow((BinaryRowData) v));
        return object(v);
    }

    private static String row(Row r) {
        Set<String> names = r.getFieldNames(false);
        Stream<String> fields = names != null
                ? names.stream().sorted().map(n -> n + "=" + of(r.getField(n)))
                : IntStream.range(0, r.getArity()).mapToObj(i -> of(r.getField(i)));
        return "row" + r.getKind().shortString() + "(" + join(fields) + ")";
    }

    private static byte[] sqlRow(BinaryRowData r) {
        return BinarySegmentUtils.copyToBytes(r.getSegments(), r.getOffset(), r.getSizeInBytes());
    }

    /** A POJO, or anything else: its fields by name. */
    private static String object(Object v) {
        Stream.Builder<String> fields = Stream.builder();
        for (Class<?> c = v.getClass(); c != Object.class; c = c.getSuperclass())
            for (Field f : c.getDeclaredFields())
                if (!Modifier.isStatic(f.getModifiers()) && !Modifier.isTransient(f.getModifiers()))
                    fields.add(f.getName() + "=" + of(get(f, v)));
        return v.getClass().getSimpleName() + "{" + join(fields.build().sorted()) + "}";
    }

    private static Object get(Field f, Object v) {
        try {
            f.setAccessible(true);
            return f.get(v);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String join(Stream<String> s) {
        return s.collect(Collectors.joining(", "));
    }

    static String hex(byte[] bytes) {
        StringBuilder b = new StringBuilder("0x");
        for (byte x : bytes)
            b.append(Character.forDigit(x >> 4 & 15, 16)).append(Character.forDigit(x & 15, 16));
        return b.toString();
    }

    /** Without tabs, line ends, and what UTF-8 cannot say (lone surrogates). */
    static String escape(String s) {
        StringBuilder b = new StringBuilder(s.length());
        s.codePoints().forEach(c -> {
            if (c == '"' || c == '\\')
                b.append('\\').append((char) c);
            else if (c < 32 || c >= 0x7f && c < 0xa0 || c >= 0xd800 && c < 0xe000)
                b.append(String.format("\\u%04x", c));
            else
                b.appendCodePoint(c);
        });
        return b.toString();
    }
}
