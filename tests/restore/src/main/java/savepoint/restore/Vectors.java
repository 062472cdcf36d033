package savepoint.restore;

import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.util.EnvironmentInformation;
import org.apache.flink.util.MathUtils;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Snapshots and values as real serializers write them, with real hash codes and key groups, for tests/vectors. The
 * same in every run of one version of Flink.
 */
final class Vectors {
    private static final int[] MAX_PARALLELISMS = {128, 720, 4096, 32768};

    private final Map<String, String> types = new LinkedHashMap<>();
    private final Map<String, String> pojoHashes = new LinkedHashMap<>();
    private final List<String> vectors = new ArrayList<>();
    final String flink = EnvironmentInformation.getVersion();

    static void write(Path out) throws Exception {
        Vectors v = new Vectors();
        VectorTypes.addAll(v);
        Files.writeString(out, "{\n\"types\": {\n" + entries(v.types) + "},\n\"pojoHashes\": {\n" + entries(v.pojoHashes)
            + "},\n\"murmur\": [\n" + murmur() + "],\n\"ranges\": [\n" + ranges() + "],\n\"vectors\": [\n"
            + String.join(",\n", v.vectors) + "\n]\n}\n");
        System.out.println(v.types.size() + " types, " + v.vectors.size() + " vectors");
    }

    private static String entries(Map<String, String> map) {
        List<String> lines = new ArrayList<>();
        map.forEach((k, v) -> lines.add("  " + json(k) + ": " + v));
        return String.join(",\n", lines) + "\n";
    }

    private static String murmur() {
        List<String> lines = new ArrayList<>();
        for (int code : new int[] {0, 1, -1, 42, Integer.MIN_VALUE, Integer.MAX_VALUE, -2089875627, -1035494534})
            lines.add(String.format("  {\"code\": %d, \"murmur\": %d}", code, MathUtils.murmurHash(code)));
        for (int i = 0; i < 12; i++) {
            int code = (int) Shared.random(i, 0, 900);
            lines.add(String.format("  {\"code\": %d, \"murmur\": %d}", code, MathUtils.murmurHash(code)));
        }
        return String.join(",\n", lines) + "\n";
    }

    private static String ranges() {
        List<String> lines = new ArrayList<>();
        for (int[] c : new int[][] {{128, 1}, {128, 3}, {128, 128}, {720, 7}, {4096, 100}, {32768, 5}, {32768, 32767}})
            for (int index = 0; index < c[1]; index += Math.max(1, c[1] / 3)) {
                KeyGroupRange r = KeyGroupRangeAssignment.computeKeyGroupRangeForOperatorIndex(c[0], c[1], index);
                lines.add(String.format("  {\"maxParallelism\": %d, \"parallelism\": %d, \"index\": %d, \"start\": %d, \"end\": %d}",
                    c[0], c[1], index, r.getStartKeyGroup(), r.getEndKeyGroup()));
            }
        return String.join(",\n", lines) + "\n";
    }

    /** Values of a type that has a hash code that Flink can use. */
    <T> void add(String name, TypeSerializer<T> serializer, List<? extends T> values) throws IOException {
        add(name, serializer, values, VectorText::of, true);
    }

    /** Values that hash by identity, or by rules of their own. */
    <T> void addUnhashed(String name, TypeSerializer<T> serializer, List<? extends T> values) throws IOException {
        add(name, serializer, values, VectorText::of, false);
    }

    <T> void add(String name, TypeSerializer<T> serializer, List<? extends T> values, Function<T, String> text, boolean hashed)
            throws IOException {
        for (T value : values) {
            DataOutputSerializer out = new DataOutputSerializer(64);
            serializer.serialize(value, out);
            vectors.add(String.format("  {\"flink\": %s, \"type\": %s, \"value\": %s, \"hex\": \"%s\"%s}", json(flink), json(name),
                json(text.apply(value)), VectorText.hex("", out.getCopyOfBuffer()), hashed ? hash(value) : ""));
        }
        DataOutputSerializer out = new DataOutputSerializer(1024);
        out.writeInt(2); /* TypeSerializerSnapshotSerializationUtil's proxy */
        TypeSerializerSnapshot.writeVersionedSnapshot(out, serializer.snapshotConfiguration());
        if (types.put(name, "\"" + VectorText.hex("", out.getCopyOfBuffer()) + "\"") != null)
            throw new IllegalStateException("two types are called " + name);
    }

    /** What the hash code of a POJO is made of: h = 31 * h + field, starting from `from`. */
    void pojoHash(String name, int from, String... fields) {
        pojoHashes.put(name, String.format("{\"from\": %d, \"fields\": [\"%s\"]}", from, String.join("\", \"", fields)));
    }

    private static String hash(Object value) {
        StringBuilder b = new StringBuilder(String.format(", \"hashCode\": %d, \"keyGroup\": {", value.hashCode()));
        for (int max : MAX_PARALLELISMS)
            b.append(String.format("%s\"%d\": %d", max == MAX_PARALLELISMS[0] ? "" : ", ", max,
                KeyGroupRangeAssignment.assignToKeyGroup(value, max)));
        return b.append("}").toString();
    }

    /** Flink's serializer of a type; what it wants to know of the job has changed its class. */
    @SuppressWarnings("unchecked")
    static <T> TypeSerializer<T> serializer(TypeInformation<T> info) throws Exception {
        return (TypeSerializer<T>) TypeInformation.class.getMethod("createSerializer", configClass()).invoke(info, config());
    }

    private static Class<?> configClass() {
        try {
            return Class.forName("org.apache.flink.api.common.serialization.SerializerConfig");
        } catch (ClassNotFoundException e) { /* before 1.19 */
            return ExecutionConfig.class;
        }
    }

    private static Object config() throws Exception {
        ExecutionConfig config = new ExecutionConfig();
        return configClass() == ExecutionConfig.class ? config : ExecutionConfig.class.getMethod("getSerializerConfig").invoke(config);
    }

    private static String json(String s) {
        StringBuilder b = new StringBuilder("\"");
        for (char c : s.toCharArray())
            b.append(c < 0x20 || c > 0x7e || c == '"' || c == '\\' ? String.format("\\u%04x", (int) c) : String.valueOf(c));
        return b.append('"').toString();
    }
}
