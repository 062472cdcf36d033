package savepoint.restore;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Gathers the lines of all subtasks; see README.md for their columns. */
final class Dump {
    private final boolean digest;
    private final List<String> lines = new ArrayList<>();
    private final Set<String> everywhere = new TreeSet<>();
    private final Map<String, Digest> digests = new TreeMap<>();

    Dump(boolean digest) {
        this.digest = digest;
    }

    /** A count and a sum over the hashes of the lines: for states of millions of rows, in any order. */
    private static final class Digest {
        private final MessageDigest sha;
        long count, high, low;

        Digest() {
            try {
                sha = MessageDigest.getInstance("SHA-256");
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException(e);
            }
        }

        void add(String line) {
            ByteBuffer hash = ByteBuffer.wrap(sha.digest(line.getBytes(StandardCharsets.UTF_8)));
            add(1, hash.getLong(), hash.getLong());
        }

        void add(long count, long high, long low) {
            this.count += count;
            this.high += high;
            this.low += low;
        }
    }

    /** The lines of one subtask, added to the dump when complete. */
    final class Part {
        private final String operator;
        private final List<String> mine = new ArrayList<>();
        private final Map<String, Digest> sums = new TreeMap<>();

        Part(String operator) {
            this.operator = operator;
        }

        void line(char kind, String state, String type, String key, String namespace, String mapKey, String value) {
            String head = String.join("\t", operator, String.valueOf(kind), Text.escape(state), type);
            String rest = String.join("\t", key, namespace, mapKey, value);
            if (digest)
                sums.computeIfAbsent(head, h -> new Digest()).add(rest);
            else
                mine.add(head + "\t" + rest);
        }

        /** What Flink gives to every subtask (union lists, broadcast state) stands in the dump once. */
        void lineOnce(char kind, String state, String type, String mapKey, String value) {
            synchronized (Dump.this) {
                everywhere.add(String.join("\t", operator, String.valueOf(kind), Text.escape(state), type, "", "", mapKey, value));
            }
        }

        void complete() {
            synchronized (Dump.this) {
                lines.addAll(mine);
                sums.forEach((head, s) -> digests.computeIfAbsent(head, h -> new Digest()).add(s.count, s.high, s.low));
            }
        }
    }

    Part part(String operator) {
        return new Part(operator);
    }

    synchronized int write(Path file) throws IOException {
        List<String> all = new ArrayList<>(lines);
        all.addAll(everywhere);
        digests.forEach((head, s) -> all.add(head + "\tcount=" + s.count + String.format("\tsum=%016x%016x", s.high, s.low)));
        Collections.sort(all);
        try (BufferedWriter w = Files.newBufferedWriter(file)) {
            w.write("# operator\tkind\tstate\ttype\tkey\tnamespace\tmap key\tvalue\n");
            for (String l : all)
                w.write(l + "\n");
        }
        return all.size();
    }
}
