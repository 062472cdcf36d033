package savepoint.restore;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** What the driver and the running job share: both live in this JVM, so statics will do. */
final class Shared {
    private Shared() {}

    static final int SPLITS = 4;
    static final long MINUTE = 60_000;
    /** Event time of round 0, a whole minute. */
    static final long START = 1_599_999_960_000L;
    /** Processing-time timers lie in the year 2100: they never fire here. */
    static final long FAR = 4_102_444_800_000L;
    /** The time that TTL state sees when a job is generated. */
    static final long CLOCK = 1_700_000_000_000L;

    /** How many rounds the source may emit by now. */
    static volatile int rounds;
    static volatile long clock = CLOCK;
    /** Records pile up before the operator "slow", where a job has it. */
    static volatile boolean slow;
    /** One key tells a hash code that is not its own. */
    static volatile boolean misplaced;
    /** "ROUND:READER" for every reader that emitted all of its records up to that round, and the watermark. */
    static final Set<String> done = ConcurrentHashMap.newKeySet();

    static void reset() {
        rounds = 0;
        clock = CLOCK;
        slow = false;
        misplaced = false;
        done.clear();
    }

    /** 64 bits that depend on the arguments only (the finalizer of splitmix64). */
    static long random(long key, long round, long field) {
        long z = key * 0xBF58476D1CE4E5B9L + round * 0x94D049BB133111EBL + field * 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    private static final String LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    static String text(int length, long key, long round, long field) {
        char[] c = new char[length];
        long bits = 0;
        for (int i = 0; i < length; i++) {
            if (i % 10 == 0)
                bits = random(key, round, field + 1000L * i);
            c[i] = LETTERS.charAt((int) (bits & 63));
            bits >>>= 6;
        }
        return new String(c);
    }
}
