package savepoint.restore;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The words and options of one command. */
final class Options {
    private static final Set<String> FLAGS = Set.of("incremental", "compress", "skew", "digest", "null-numbers",
            "changelog", "file-merging", "unaligned", "unregistered", "exact", "misplaced");

    static final class Usage extends RuntimeException {
        Usage(String message) {
            super(message);
        }
    }

    final List<String> words = new ArrayList<>();
    private final Map<String, String> options = new HashMap<>();

    Options(List<String> args) {
        for (int i = 0; i < args.size(); i++) {
            String arg = args.get(i);
            if (!arg.startsWith("--"))
                words.add(arg);
            else if (FLAGS.contains(arg.substring(2)))
                options.put(arg.substring(2), "true");
            else if (i + 1 < args.size())
                options.put(arg.substring(2), args.get(++i));
            else
                throw new Usage("option '" + arg + "' needs a value");
        }
    }

    String word(int i, String what) {
        if (i >= words.size())
            throw new Usage("missing " + what);
        return words.get(i);
    }

    String text(String name, String otherwise) {
        return options.getOrDefault(name, otherwise);
    }

    String need(String name) {
        if (!options.containsKey(name))
            throw new Usage("missing option '--" + name + "'");
        return options.get(name);
    }

    /** A number, or a size with K, M, G (powers of 1024). */
    long number(String name, long otherwise) {
        String s = options.get(name);
        if (s == null)
            return otherwise;
        int shift = s.endsWith("K") ? 10 : s.endsWith("M") ? 20 : s.endsWith("G") ? 30 : 0;
        return Long.parseLong(shift == 0 ? s : s.substring(0, s.length() - 1)) << shift;
    }

    boolean flag(String name) {
        return options.containsKey(name);
    }
}
