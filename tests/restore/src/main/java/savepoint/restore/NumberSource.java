package savepoint.restore;

import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SourceSplit;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.core.io.SimpleVersionedSerializer;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Emits one record per key for each round below Shared.rounds, then stays alive. Split s has the keys that are s modulo
 * SPLITS, so the records of a key keep their order whatever the parallelism. A reader sends the watermark of a round when
 * all of its splits have ended the round; the windows of the newest round stay open.
 */
final class NumberSource implements Source<Record, NumberSource.Split, Integer>, ResultTypeQueryable<Record> {
    private final long keys;

    NumberSource(long keys) {
        this.keys = keys;
    }

    static final class Split implements SourceSplit {
        final int number;
        long position; /* records emitted */

        Split(int number, long position) {
            this.number = number;
            this.position = position;
        }

        @Override
        public String splitId() {
            return "split-" + number;
        }
    }

    private static final class SplitSerializer implements SimpleVersionedSerializer<Split> {
        @Override
        public int getVersion() {
            return 1;
        }

        @Override
        public byte[] serialize(Split s) {
            return ByteBuffer.allocate(12).putInt(s.number).putLong(s.position).array();
        }

        @Override
        public Split deserialize(int version, byte[] bytes) {
            ByteBuffer b = ByteBuffer.wrap(bytes);
            return new Split(b.getInt(), b.getLong());
        }
    }

    private static final class CountSerializer implements SimpleVersionedSerializer<Integer> {
        @Override
        public int getVersion() {
            return 1;
        }

        @Override
        public byte[] serialize(Integer n) {
            return ByteBuffer.allocate(4).putInt(n).array();
        }

        @Override
        public Integer deserialize(int version, byte[] bytes) {
            return ByteBuffer.wrap(bytes).getInt();
        }
    }

    /** Hands out the splits once; its state is how many it has handed out. */
    private static final class Enumerator implements SplitEnumerator<Split, Integer> {
        private final SplitEnumeratorContext<Split> context;
        private int given;

        Enumerator(SplitEnumeratorContext<Split> context, int given) {
            this.context = context;
            this.given = given;
        }

        @Override
        public void addReader(int subtask) {
            int readers = context.currentParallelism();
            if (context.registeredReaders().size() < readers)
                return;
            for (; given < Shared.SPLITS; given++)
                context.assignSplit(new Split(given, 0), given % readers);
            for (int i = 0; i < readers; i++)
                context.signalNoMoreSplits(i);
        }

        @Override
        public Integer snapshotState(long checkpoint) {
            return given;
        }

        @Override
        public void start() {}

        @Override
        public void handleSplitRequest(int subtask, String host) {}

        @Override
        public void addSplitsBack(List<Split> splits, int subtask) {}

        @Override
        public void close() {}
    }

    private static final class Reader implements SourceReader<Record, Split> {
        private final SourceReaderContext context;
        private final long keys;
        private final List<Split> splits = new ArrayList<>();
        private boolean complete; /* all splits are handed out */
        private long announced = -1;

        Reader(SourceReaderContext context, long keys) {
            this.context = context;
            this.keys = keys;
        }

        private long keysOf(Split s) {
            return (keys - s.number + Shared.SPLITS - 1) / Shared.SPLITS;
        }

        private long round(Split s) {
            return s.position / keysOf(s);
        }

        @Override
        public InputStatus pollNext(ReaderOutput<Record> out) throws InterruptedException {
            Split next = keys == 0 ? null : splits.stream().min(Comparator.comparingLong(this::round)).orElse(null);
            long round = next == null ? Shared.rounds : round(next);
            if (complete && round > announced) {
                announced = round;
                out.emitWatermark(new Watermark(Shared.START + (round - 1) * Shared.MINUTE - 1));
                Shared.done.add(round + ":" + context.getIndexOfSubtask());
            } else if (complete && round < Shared.rounds) {
                long key = next.position++ % keysOf(next) * Shared.SPLITS + next.number;
                out.collect(new Record(key, (int) round), Shared.START + round * Shared.MINUTE + key % 60 * 1000);
            } else {
                Thread.sleep(2);
            }
            return InputStatus.MORE_AVAILABLE;
        }

        @Override
        public List<Split> snapshotState(long checkpoint) {
            List<Split> copy = new ArrayList<>();
            splits.forEach(s -> copy.add(new Split(s.number, s.position)));
            return copy;
        }

        @Override
        public void addSplits(List<Split> more) {
            splits.addAll(more);
        }

        @Override
        public void notifyNoMoreSplits() {
            complete = true;
        }

        @Override
        public CompletableFuture<Void> isAvailable() {
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public void start() {}

        @Override
        public void close() {}
    }

    @Override
    public Boundedness getBoundedness() {
        return Boundedness.CONTINUOUS_UNBOUNDED;
    }

    @Override
    public SourceReader<Record, Split> createReader(SourceReaderContext context) {
        return new Reader(context, keys);
    }

    @Override
    public SplitEnumerator<Split, Integer> createEnumerator(SplitEnumeratorContext<Split> context) {
        return new Enumerator(context, 0);
    }

    @Override
    public SplitEnumerator<Split, Integer> restoreEnumerator(SplitEnumeratorContext<Split> context, Integer given) {
        return new Enumerator(context, given);
    }

    @Override
    public SimpleVersionedSerializer<Split> getSplitSerializer() {
        return new SplitSerializer();
    }

    @Override
    public SimpleVersionedSerializer<Integer> getEnumeratorCheckpointSerializer() {
        return new CountSerializer();
    }

    @Override
    public TypeInformation<Record> getProducedType() {
        return TypeInformation.of(Record.class);
    }
}
